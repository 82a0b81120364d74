import { ascii, spoken, unicode } from '../terminal/glyphs.ts'
import type { Mouse } from '../terminal/mouse.ts'
import { painterOf, plain, THEME_NAMES, type ThemeName } from '../terminal/theme.ts'
import type { Action } from './action.ts'
import type { Look } from './frame.ts'

export interface LookChoice {
  readonly theme: ThemeName
  readonly ascii: boolean
  /** For a screen reader. */
  readonly spoken: boolean
}

/** What a person can set about the terminal while the screens are open. */
export class TerminalSettings {
  readonly #choice: LookChoice
  readonly #mouse: Mouse
  #theme: ThemeName

  constructor(choice: LookChoice, mouse: Mouse) {
    this.#choice = choice
    this.#mouse = mouse
    this.#theme = choice.theme
  }

  get look(): Look {
    if (this.#choice.spoken) return { paint: plain, glyphs: spoken, spoken: true }
    return { paint: painterOf(this.#theme), glyphs: this.#choice.ascii ? ascii : unicode, spoken: false }
  }

  actions(): readonly Action[] {
    return [...THEME_NAMES.map((name) => this.#themeAction(name)), this.#mouseAction()]
  }

  #themeAction(name: ThemeName): Action {
    return {
      name: `use the theme ${name}`,
      keys: [],
      synonyms: ['colours'],
      run: () => {
        this.#theme = name
      },
    }
  }

  #mouseAction(): Action {
    const { isOn } = this.#mouse
    return {
      name: isOn ? 'give the mouse back to the terminal' : 'use the mouse: wheel and click',
      keys: [],
      run: () => this.#setMouse(!isOn),
      command: {
        word: 'mouse',
        argument: 'on|off',
        take: (argument) => {
          if (argument !== 'on' && argument !== 'off') {
            throw new RangeError(`Cannot set the mouse to ${JSON.stringify(argument)}: expected on or off`)
          }
          this.#setMouse(argument === 'on')
        },
      },
    }
  }

  #setMouse(isOn: boolean): void {
    if (isOn) this.#mouse.on()
    else this.#mouse.off()
  }
}
