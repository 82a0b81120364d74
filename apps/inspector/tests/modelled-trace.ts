import { type Line, MS } from './trace-lines.ts'
import { seededRandom } from './seeded-random.ts'

/** What made a trace that nobody recorded. */
export interface Origin {
  readonly writers: number
  /** Processes that they share. */
  readonly processes?: number
  readonly updates: number
  /** From one update to the next, of all writers together, on average. */
  readonly gapUs: number
  readonly seed?: number
}

export const READ_US = 2 * MS
export const WRITE_US = 4 * MS

interface Attempt {
  readonly n: number
  readonly who: { readonly op: string; readonly w: string; readonly key: string }
  readonly arrivedUs: number
  readonly a: number
  readonly readAtUs: number | undefined
  readonly knewUs: number
  readonly writeAtUs: number
}

/**
 * Updates of one record at random times, each on its own: it reads, writes over what it read, and after a loss waits as the
 * plain mode of casUpdate does. Reads and writes take their whole time always, and come into force halfway through it.
 */
export function modelledLines({ writers, processes = writers, updates, gapUs, seed = 1 }: Origin): Line[] {
  const next = seededRandom(seed)
  const random = (): number => next(1_000_000) / 1_000_000
  const commits: { readonly atUs: number; readonly by: string; readonly byWrite: string }[] = []
  const lines: Line[] = []
  const open: Attempt[] = []
  const decidedUs = ({ writeAtUs }: Attempt): number => writeAtUs + WRITE_US / 2
  let [us, come] = [0, 0]
  for (;;) {
    open.sort((a, b) => decidedUs(b) - decidedUs(a))
    const first = open.at(-1)
    if (come < updates && (!first || us <= decidedUs(first))) {
      const writer = next(writers)
      const who = { op: `op${come}`, w: `w${writer}@h/${writer % processes}`, key: '/hot' }
      open.push(reading({ n: come++, who, arrivedUs: us, a: 1 }, us))
      us += Math.max(1, Math.round(-Math.log(1 - random()) * gapUs))
      continue
    }
    if (!first) return lines
    open.pop()
    const head = commits.length
    const base = commits.findLastIndex(({ atUs }) => atUs <= first.knewUs) + 1
    const { who, a, arrivedUs, writeAtUs, readAtUs } = first
    if (readAtUs !== undefined) lines.push({ e: 'read', t: readAtUs, d: READ_US, ...who, a, ver: base, size: 9 })
    const write = `${who.op}.${a}`
    const cas = { e: 'cas', t: writeAtUs, d: WRITE_US, ...who, a, base, next: base + 1, write }
    const endUs = writeAtUs + WRITE_US
    if (base === head) {
      commits.push({ atUs: decidedUs(first), by: who.w, byWrite: write })
      lines.push({ ...cas, out: 'won' }, { e: 'done', t: arrivedUs, d: endUs - arrivedUs, ...who, a, out: 'ok' })
      continue
    }
    const lo = Math.min(50, 2 ** a) * MS
    const plan = Math.round(lo + random() * lo)
    const { by, byWrite } = commits.at(-1) ?? {}
    lines.push({ ...cas, out: 'lost', cur: head, by, byWrite })
    lines.push({ e: 'wait', t: endUs, d: plan, op: who.op, w: who.w, a, why: 'conflict', lo, hi: 2 * lo, plan })
    const again = { ...first, a: a + 1 }
    if (a > 1) open.push(reading(again, endUs + plan))
    else open.push({ ...again, readAtUs: undefined, knewUs: decidedUs(first), writeAtUs: endUs + plan })
  }
}

function reading(attempt: Omit<Attempt, 'readAtUs' | 'knewUs' | 'writeAtUs'>, us: number): Attempt {
  return { ...attempt, readAtUs: us, knewUs: us + READ_US / 2, writeAtUs: us + READ_US }
}
