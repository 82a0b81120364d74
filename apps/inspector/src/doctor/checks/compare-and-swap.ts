import { type Filesystem, probe } from '@latchless/filesystem'
import { ok, skip, type StoreCheck } from '../check.ts'
import { Findings } from '../findings.ts'
import type { Subject } from '../subject.ts'

const proof: StoreCheck = {
  id: 'cas.probe',
  expects: 'A write is refused unless the head is the one that it expects, also when several writers race',
  over: 'store',
  async run(subject) {
    const why = whyNot(subject)
    if (why !== undefined) return skip(why)
    const report = await probe(subject.store, '/', { signal: subject.signal })
    const found = new Findings()
    for (const { name, ok: isOk, detail } of report.checks) if (!isOk) found.add(`${name}: ${detail}`)
    return found.result({
      severity: 'fail',
      none: `${report.checks.length} claims tried out`,
      some: (count) => `${count} of ${report.checks.length} claims are not true`,
      likelyCause: 'the file system, the proxy or the server in between does not keep what the store relies on',
      next: [],
    })
  },
}

function whyNot({ store, writable, url }: Subject & { readonly store: Filesystem }): string | undefined {
  const { backend, cas } = store.capabilities('/')
  // It began empty with this process, and nobody else will see it.
  if (backend === 'memory' && url === 'memory:') return undefined
  if (!writable) return 'it writes records of its own; give --write to try it out'
  return cas === 'none' || cas === 'unknown' ? `the store has no compare-and-swap (${cas})` : undefined
}

const claimed: StoreCheck = {
  id: 'cas.claim',
  expects: 'The store compares and swaps, so that no update is lost',
  over: 'store',
  async run({ store }) {
    const { backend, cas, transact } = store.capabilities('/')
    if (backend === 'plain') {
      return {
        status: 'warn',
        summary: 'plain files have no compare-and-swap: the last writer wins',
        details: [],
        likelyCause: 'the store was made for bytes that other tools share, not for records',
        next: [],
      }
    }
    if (cas === 'none') return ok('not asked for: it was opened for reading only')
    return ok(`over ${cas === 'records' ? 'several records' : 'one record'}${transact ? ', with transactions' : ''}`)
  },
}

export const casChecks: readonly StoreCheck[] = [claimed, proof]
