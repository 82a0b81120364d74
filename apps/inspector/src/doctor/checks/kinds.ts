import { failureOf } from '../../failure.ts'
import type { KindCheck, KindView } from '../../kinds/kind-view.ts'
import { counted } from '../../model/measures.ts'
import type { RecordCheck } from '../check.ts'
import { Findings } from '../findings.ts'
import { command } from '../subject.ts'

/** What the stores want of their own records. */
export function kindChecks(views: readonly KindView[]): readonly RecordCheck[] {
  return views.flatMap((view) => view.checks.map((check) => recordCheck(view, check)))
}

function recordCheck(view: KindView, check: KindCheck): RecordCheck {
  return {
    id: check.id,
    expects: check.expects,
    over: 'records',
    begin(subject) {
      const found = new Findings()
      let records = 0
      return {
        async record({ path, head, view: own, value }) {
          if (own?.kind !== view.kind || value === undefined || head.state === 'deleted') return
          records++
          const surroundings = { path, store: subject.store, nowMs: subject.nowMs() }
          try {
            for (const problem of await check.find(value, surroundings)) found.add(problem, path)
          } catch (error) {
            // A record beside it that cannot be read is a finding too.
            found.add(failureOf(error).message, path)
          }
        },
        end: () =>
          found.result({
            severity: check.severity,
            none: counted(records, `record of kind ${view.kind}`, `records of kind ${view.kind}`),
            some: (count) => `${counted(count, 'finding')} in ${counted(records, 'record')} of kind ${view.kind}`,
            likelyCause: check.likelyCause,
            next: found.firstPath === undefined ? [] : [command(subject, 'cat', found.firstPath, '--pretty')],
          }),
      }
    },
  }
}
