import { isBelow } from '@latchless/filesystem'

/** Whether a record is meant by a path: the record itself, or one below it. */
export function isAtOrBelow(path: string, named: string): boolean {
  return path === named || isBelow(path, named)
}
