import type { Key } from '../terminal/key.ts'
import { type Action, keysText } from './action.ts'
import type { Host } from './screen.ts'

/** What can be done here, and how it is done so many times. */
export interface Countable {
  actions(): readonly Action[]
  run(action: Action, key: Key, times: number): void
}

const COUNTED = /^([+-]?)([1-9]\d{0,8})(\S*)$/
const ARGUMENT = '12, +12, -12, 12j, 3^d or 50G'
const KEYS_OF_SIGNS: Record<string, Key> = { '': 'G', '+': 'j', '-': 'k' }

/**
 * `:12` stands at row 12, `:12j` does what the key does twelve times. The digits alone open the screens, at once: that they
 * could begin a count would have to be waited for.
 */
export function countAction(host: Host, countable: Countable): Action {
  const take = (text: string): void => {
    const [, sign = '', digits, name = ''] = COUNTED.exec(text.trim()) ?? []
    if (digits === undefined || (sign !== '' && name !== '')) {
      throw new RangeError(`Cannot go to ${JSON.stringify(text.trim())}: expected ${ARGUMENT}`)
    }
    press(countable, name || (KEYS_OF_SIGNS[sign] ?? ''), Number(digits))
  }
  return {
    name: 'go to a row, or press a key so many times',
    keys: [],
    synonyms: ['line', 'repeat'],
    run: () => host.ask({ label: 'row', answer: take }),
    command: { word: 'row', argument: ARGUMENT, wordless: COUNTED, take },
  }
}

/** Presses the key that the help calls so. */
function press(countable: Countable, name: string, times: number): void {
  const isCalledSo = (key: Key) => keysText([key]) === name
  const action = countable.actions().find(({ keys }) => keys.some(isCalledSo))
  const key = action?.keys.find(isCalledSo)
  if (!action?.takesCount || key === undefined) {
    throw new RangeError(`Cannot press ${JSON.stringify(name)} ${times} times: expected a key that moves, such as j`)
  }
  countable.run(action, key, times)
}
