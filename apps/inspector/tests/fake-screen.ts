import {
  type Action,
  displayText,
  type Frame,
  type Host,
  inSight,
  type MakeScreen,
  moved,
  type Screen,
} from '@latchless/inspector'

/** A list of ten thousand lines that records what happens to it. */
export class FakeScreen implements Screen {
  readonly crumbs: readonly string[]
  readonly facts = '10,000 lines'
  readonly host: Host
  readonly happened: string[] = []
  readonly extra: Action[] = []
  at = 0
  #top = 0
  #rows = 1

  constructor(host: Host, name: string) {
    this.host = host
    this.crumbs = [name]
  }

  get status(): string {
    return `row ${this.at + 1}`
  }

  get command(): string {
    return `ls /${this.crumbs.join('/')}`
  }

  actions(): readonly Action[] {
    const move = ['j', 'k', '<down>', '<up>', 'g', 'G', '<page-down>']
    return [
      ...this.extra,
      {
        name: 'move',
        keys: move,
        hint: 'move',
        run: (key) => {
          this.at = moved(key, this.at, 10_000, this.#rows) ?? this.at
        },
      },
    ]
  }

  view(frame: Frame): readonly string[] {
    this.#rows = frame.rows
    this.#top = inSight({ at: this.at, top: this.#top }, 10_000, frame.rows).top
    return Array.from({ length: frame.rows }, (_, row) => {
      const at = this.#top + row
      const line = ` ${at === this.at ? frame.glyphs.selected : ' '} ${displayText(this.crumbs.join('/'))} line ${at + 1}`
      return at === this.at ? frame.paint('selected', line) : line
    })
  }

  show(): void {
    this.happened.push('shown')
  }

  hide(): void {
    this.happened.push('hidden')
  }
}

/** Makes fake screens, and keeps them. */
export function fakeScreens(): { readonly make: MakeScreen; readonly made: FakeScreen[] } {
  const made: FakeScreen[] = []
  return {
    made,
    make: (host, destination) => {
      const screen = new FakeScreen(host, destination.to)
      made.push(screen)
      return screen
    },
  }
}
