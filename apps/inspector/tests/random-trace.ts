import { done, type Line, lost, op, read, wait, won } from './trace-lines.ts'
import { seededRandom } from './seeded-random.ts'

/** A storm that nobody ran, in the order in which its events ended: some updates never end, and some writes are folded. */
export function randomTraceLines(seed: number, updates: number): Line[] {
  const random = seededRandom(seed)
  const heads = [0, 0, 0]
  const lines: { readonly line: Line; readonly endUs: number }[] = []
  const add = (line: Line): void => {
    lines.push({ line, endUs: Number(line['t']) + Number(line['d'] ?? 0) })
  }
  for (let n = 0; n < updates; n++) {
    const at = random(heads.length)
    const who = { op: `op${n}`, w: `w${random(5)}@h/${random(3)}`, key: `/k${at}` }
    const startUs = random(updates * 40)
    add(op(startUs, who))
    let us = startUs
    const losses = random(3)
    for (let a = 1; a <= losses + 1; a++) {
      add(read(us, random(20), heads[at] ?? 0, { ...who, a }))
      us += 20 + random(20)
      const took = random(60)
      const base = heads[at] ?? 0
      if (a > losses) {
        const folded = random(4) === 0 ? { ops: [who.op, `op${n + 1}`] } : {}
        add(won(us, took, base, `x${n}`, { ...who, a, ...folded }))
        heads[at] = base + 1
      } else {
        const winner = { cur: base + 1, by: 'else@h/9', byWrite: `y${n}.${a}` }
        add(lost(us, took, base, `x${n}.${a}`, winner, { ...who, a }))
      }
      us += took
      if (a <= losses) {
        const waitUs = random(200)
        add(wait(us, waitUs, { ...who, a }))
        us += waitUs
      }
    }
    if (random(20) > 0)
      add(done(startUs, us - startUs, { ...who, a: losses + 1, out: random(10) === 0 ? 'timeout' : 'ok' }))
  }
  return lines.toSorted((a, b) => a.endUs - b.endUs).map(({ line }) => line)
}
