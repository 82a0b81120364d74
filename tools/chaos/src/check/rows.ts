import type { EpochHistory } from '../history/epoch.ts'
import type { FinalEpoch } from '../history/final.ts'
import type { Finding } from '../report.ts'

/** Whether the index has exactly the rows that the records say, and `list` exactly the live records. */
export function checkRows(history: EpochHistory, final: FinalEpoch): Finding[] {
  const report = (check: string, path: string, message: string): Finding => ({
    check: `index: ${check}`,
    path,
    message,
  })
  const live = final.records.filter((record) => record.live)
  const listed = new Map(final.listed)
  const findings = live.flatMap(({ path, versions }): Finding[] =>
    listed.get(path) === versions[0]?.version ? [] : [report('list', path, 'it is live and not listed as it is')],
  )
  const livePaths = new Set(live.map(({ path }) => path))
  for (const path of listed.keys())
    if (!livePaths.has(path)) findings.push(report('list', path, 'it is listed and not live'))
  if (!final.rows) return findings
  const rows = new Map(final.rows.map(([path, version, tuple]) => [path, `${version} ${tuple}`]))
  for (const [path] of duplicates(final.rows)) findings.push(report('rows', path, 'it has two rows in one index'))
  for (const { path, tuple, versions } of live) {
    const due = tuple === undefined ? undefined : `${versions[0]?.version} ${tuple}`
    const found = rows.get(path)
    rows.delete(path)
    if (found !== due) findings.push(report('rows', path, `its row is ${found ?? 'missing'}, due is ${due ?? 'none'}`))
  }
  for (const path of rows.keys()) findings.push(report('rows', path, 'it has a row and is not live'))
  return [...findings, ...checkRead(history, report)]
}

type Report = (check: string, path: string, message: string) => Finding

/** What was read from the index while others wrote: a row has to be that of its version. */
function checkRead(history: EpochHistory, report: Report): Finding[] {
  const tuples = new Map(history.writes.map(({ path, version, tuple }) => [`${path} ${version}`, tuple]))
  return history.rows.flatMap(({ client, rows }) =>
    rows.flatMap(([path, version, tuple]) => {
      const key = `${path} ${version}`
      return !tuples.has(key) || tuples.get(key) === tuple
        ? []
        : [
            report(
              'query',
              path,
              `${client} got the row ${tuple} for ${version}, which has ${tuples.get(key) ?? 'none'}`,
            ),
          ]
    }),
  )
}

function duplicates(rows: readonly (readonly [string, ...unknown[]])[]): [string, unknown][] {
  return [...Map.groupBy(rows, ([path]) => path)].filter(([, all]) => all.length > 1)
}
