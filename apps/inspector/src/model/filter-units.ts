const BYTES: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }
const MILLISECONDS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Bytes of `512`, `1k`, `2.5MiB`; undefined for anything else. */
export function byteCount(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([kmg]?)(?:ib?|b)?$/i.exec(text) ?? []
  return digits === undefined ? undefined : Number(digits) * (BYTES[unit.toLowerCase()] ?? 1)
}

/** Milliseconds of `250ms`, `30s`, `5m`, `1.5h`, `2d`, `1w`; undefined for anything else. */
export function ageMs(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)(ms|[smhdw])$/.exec(text) ?? []
  const factor = MILLISECONDS[unit]
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor
}
