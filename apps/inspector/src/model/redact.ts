import { stepsOf } from './json-pointer.ts'

const HIDDEN = '(not shown)'

/** The value without what JSON Pointers name: it may be kept, but not shown. A `*` step means every member or element. */
export function redact(value: unknown, pointers: readonly string[]): unknown {
  return pointers.reduce((shown, pointer) => without(shown, stepsOf(pointer)), value)
}

function without(value: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps
  if (step === undefined) return HIDDEN
  if (typeof value !== 'object' || value === null) return value
  const hide = (name: string, member: unknown) => (step === '*' || name === step ? without(member, rest) : member)
  if (Array.isArray(value)) return value.map((element, at) => hide(String(at), element))
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hide(name, member)]))
}
