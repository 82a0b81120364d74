import { pointerTo } from './json-pointer.ts'
import { SECRET_MARK } from './secret-marks.ts'

const MARK = new RegExp(SECRET_MARK)

/** JSON Pointers to the texts and names of a redacted value in which something is hidden. */
export function hiddenPointers(value: unknown): string[] {
  const found: string[] = []
  look(value, '', found)
  return found
}

function look(value: unknown, pointer: string, found: string[]): void {
  if (typeof value === 'string' && MARK.test(value)) found.push(pointer)
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    const below = pointerTo(pointer, name)
    if (MARK.test(name)) found.push(below)
    look(member, below, found)
  }
}
