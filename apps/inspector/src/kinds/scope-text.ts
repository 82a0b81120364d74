/** `agent a1, project p1`; `everything` for a scope that names nothing. */
export function scopeText(scope: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries(scope).flatMap(([level, name]) => (name === undefined ? [] : [`${level} ${name}`]))
  return parts.length === 0 ? 'everything' : parts.join(', ')
}
