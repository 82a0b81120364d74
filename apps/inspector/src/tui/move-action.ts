import type { Key } from '../terminal/key.ts'
import type { Action } from './action.ts'
import { MOVEMENT_KEYS } from './scroll.ts'

/** The keys that move in a list, with a count where one was given. */
export function moveAction(move: (key: Key, times?: number) => void): Action {
  return { name: 'move', keys: MOVEMENT_KEYS, hint: 'move', takesCount: true, run: move }
}
