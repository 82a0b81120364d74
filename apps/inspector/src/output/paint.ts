export type Role = 'added' | 'removed' | 'heading' | 'muted' | 'error'

/** Puts a role's colour around text that already went through `displayText`. */
export type Paint = (role: Role, text: string) => string

// Only the sixteen named colours, so that every terminal theme stays readable; no information is in colour alone.
const SGR: Record<Role, string> = { added: '32', removed: '31', heading: '1', muted: '2', error: '31' }

export function painter(enabled: boolean): Paint {
  return (role, text) => (enabled && text !== '' ? `\u001b[${SGR[role]}m${text}\u001b[0m` : text)
}

/** Flag before FORCE_COLOR before NO_COLOR before what the stream is. */
export function wantsColor(
  flag: boolean,
  env: Readonly<Record<string, string | undefined>>,
  stream: { readonly isTTY: boolean },
): boolean {
  if (!flag) return false
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0'
  if (env['NO_COLOR'] || env['TERM'] === 'dumb') return false
  return stream.isTTY
}
