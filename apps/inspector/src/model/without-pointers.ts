import { InspectorError } from '../inspector-error.ts'
import { jsonText } from '../output/json-text.ts'
import type { Body } from './body.ts'
import { stepsOf } from './json-pointer.ts'

/**
 * A JSON body without what JSON Pointers name: members go, elements become null, so that the others keep their places.
 *
 * @throws {InspectorError} `usage` for what is no pointer to a part, `refused` for a body that is not JSON.
 */
export function withoutPointers(body: Body | undefined, pointers: readonly string[]): Body | undefined {
  if (body === undefined || pointers.length === 0) return body
  if (body.type !== 'json') {
    throw new InspectorError('refused', 'Cannot ignore a part of a body: it is not JSON', 'leave out --ignore')
  }
  const value = pointers.reduce((kept: unknown, pointer) => without(kept, checkedSteps(pointer)), body.value)
  return { type: 'json', value, text: jsonText(value) }
}

function checkedSteps(pointer: string): string[] {
  if (!pointer.startsWith('/')) {
    const problem = `Cannot ignore ${JSON.stringify(pointer)}: it names no part of a body, expected a JSON Pointer`
    throw new InspectorError('usage', problem, 'such as /updatedAt or /lines/0/price')
  }
  return stepsOf(pointer)
}

function without(value: unknown, [step = '', ...rest]: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return value
  const isLast = rest.length === 0
  if (Array.isArray(value)) {
    return value.map((element: unknown, at) => (String(at) !== step ? element : isLast ? null : without(element, rest)))
  }
  const members = Object.entries(value).filter(([name]) => !isLast || name !== step)
  return Object.fromEntries(members.map(([name, member]) => [name, name === step ? without(member, rest) : member]))
}
