import { sameContent } from './copy-record.ts'
import { entriesBehind, goesOnWith, oldestOf } from './copy-log-reading.ts'
import { type CopyVerification, type LogCopy, note } from './copy-report.ts'
import { type CopyRun, eachOf, isAboutOne, livePaths, persistently } from './copy-run.ts'
import { comparePaths } from './path.ts'

interface Pair {
  readonly path: string
  readonly inSource: boolean
  readonly inTarget: boolean
}

/** Reads both sides back and compares them, record by record and entry by entry. */
export async function verifyCopy(run: CopyRun, logs: readonly LogCopy[]): Promise<CopyVerification> {
  const none = { compared: 0, different: 0, missing: 0, extra: 0, entries: 0, entriesDifferent: 0 }
  const found = { ...none, paths: [] as string[] }
  await eachOf(run, 'verify', pairs(run), async ({ path, inSource, inTarget }) => {
    if (!inSource) found.extra++
    else if (!inTarget) {
      found.missing++
      note(found.paths, path)
    } else if (await differs(run, path)) {
      found.compared++
      found.different++
      note(found.paths, path)
    } else found.compared++
  })
  for (const copied of logs.filter(({ conflict }) => !conflict)) {
    const { entries, different } = await verifyLog(run, copied)
    found.entries += entries
    found.entriesDifferent += different
    if (different > 0) note(found.paths, copied.log)
  }
  return found
}

/** Compares the entries that neither side has trimmed, up to the last one that was copied. */
async function verifyLog(run: CopyRun, { log, last }: LogCopy): Promise<{ entries: number; different: number }> {
  const { from, to } = run
  const found = { entries: 0, different: 0 }
  try {
    const start = Math.max(await oldestOf(run, from, log), await oldestOf(run, to, log)) - 1
    const target = entriesBehind(run, to, log, start)
    for await (const entry of entriesBehind(run, from, log, start)) {
      if (entry.sequence > last) break
      found.entries++
      if (!(await goesOnWith(entry, target))) found.different++
    }
  } catch (error) {
    if (!isAboutOne(error)) throw error
    found.different++
  }
  return found
}

async function differs(run: CopyRun, path: string): Promise<boolean> {
  const { from, to, signal } = run
  try {
    const [source, target] = await Promise.all([
      persistently(run, () => from.get(path, { signal })),
      persistently(run, () => to.get(path, { signal })),
    ])
    if (source.state !== 'live' || target.state !== 'live') return source.state !== target.state
    return !sameContent(run, path, source, target)
  } catch (error) {
    if (!isAboutOne(error)) throw error
    return true
  }
}

/** Both listings side by side; they have the same order. */
async function* pairs(run: CopyRun): AsyncGenerator<Pair> {
  const [sources, targets] = [livePaths(run.from, run), livePaths(run.to, run)]
  let [source, target] = [await sources.next(), await targets.next()]
  while (!source.done || !target.done) {
    const order = source.done ? 1 : target.done ? -1 : comparePaths(source.value.path, target.value.path)
    const path = order <= 0 ? source.value?.path : target.value?.path
    yield { path: path ?? '', inSource: order <= 0, inTarget: order >= 0 }
    if (order <= 0) source = await sources.next()
    if (order >= 0) target = await targets.next()
  }
}
