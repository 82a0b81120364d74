const BYTES_PER_LINE = 16

/** Offset, bytes and printable ASCII, sixteen bytes a line. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) lines.push(`${hexLine(bytes, at, BYTES_PER_LINE)}\n`)
  return lines.join('')
}

/** One line of it, from an offset on. */
export function hexLine(bytes: Uint8Array, offset: number, bytesPerLine: number): string {
  const row = [...bytes.subarray(offset, offset + bytesPerLine)]
  const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  const ascii = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
  return `${offset.toString(16).padStart(8, '0')}  ${hex.padEnd(bytesPerLine * 3 - 1)}  |${ascii}|`
}
