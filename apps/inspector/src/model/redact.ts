const HIDDEN = '(not shown)'

/** The value without what JSON Pointers name: it may be kept, but not shown. A `*` step means every member or element. */
export function redact(value: unknown, pointers: readonly string[]): unknown {
  return pointers.reduce((shown, pointer) => without(shown, pointer.split('/').slice(1)), value)
}

function without(value: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps
  if (step === undefined) return HIDDEN
  if (typeof value !== 'object' || value === null) return value
  const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
  const hide = (name: string, member: unknown) => (step === '*' || name === key ? without(member, rest) : member)
  if (Array.isArray(value)) return value.map((element, at) => hide(String(at), element))
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hide(name, member)]))
}
