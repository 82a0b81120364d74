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
