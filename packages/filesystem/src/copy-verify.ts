import { sameContent } from './copy-record.ts'
import { type CopyVerification, note } from './copy-report.ts'
import { type CopyRun, eachOf, liveItems, persistently } from './copy-run.ts'
import { comparePaths } from './path.ts'

interface Pair {
  readonly path: string
  readonly inSource: boolean
  readonly inTarget: boolean
}

/** Reads both sides back and compares them, record by record. */
export async function verifyCopy(run: CopyRun): Promise<CopyVerification> {
  const found = { compared: 0, different: 0, missing: 0, extra: 0, paths: [] as string[] }
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
  return found
}

async function differs(run: CopyRun, path: string): Promise<boolean> {
  const { from, to, signal } = run
  const [source, target] = await Promise.all([
    persistently(run, () => from.get(path, { signal })),
    persistently(run, () => to.get(path, { signal })),
  ])
  if (source.state !== 'live' || target.state !== 'live') return source.state !== target.state
  return !sameContent(run, path, source, target)
}

/** Both listings side by side; they have the same order. */
async function* pairs(run: CopyRun): AsyncGenerator<Pair> {
  const [sources, targets] = [liveItems(run.from, run), liveItems(run.to, run)]
  let [source, target] = [await sources.next(), await targets.next()]
  while (!source.done || !target.done) {
    const order = source.done ? 1 : target.done ? -1 : comparePaths(source.value.path, target.value.path)
    const path = order <= 0 ? source.value?.path : target.value?.path
    yield { path: path ?? '', inSource: order <= 0, inTarget: order >= 0 }
    if (order <= 0) source = await sources.next()
    if (order >= 0) target = await targets.next()
  }
}
