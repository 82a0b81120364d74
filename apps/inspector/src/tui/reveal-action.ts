import type { Action } from './action.ts'
import type { Host, Screen } from './screen.ts'

/** `:reveal` of every screen: until it is said again, secrets are shown on all of them. */
export function revealAction(host: Host, screen: Screen): Action {
  const set = (reveals: boolean): void => {
    host.reveals = reveals
    screen.revealed?.()
    host.changed()
  }
  return {
    name: host.reveals ? 'hide secrets again' : 'show secrets too',
    keys: [],
    synonyms: ['redact', 'password'],
    run: () => set(!host.reveals),
    command: {
      word: 'reveal',
      argument: 'on|off',
      take: (argument) => {
        if (argument !== 'on' && argument !== 'off') {
          throw new RangeError(`Cannot reveal ${JSON.stringify(argument)}: expected on or off`)
        }
        set(argument === 'on')
      },
    },
  }
}
