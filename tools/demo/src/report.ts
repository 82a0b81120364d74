import type { StormResult } from './storm.ts'

const FINDINGS_SHOWN = 10

/** The result of a storm for people: plain text, with the commands to go on with at its end. */
export function formatReport(result: StormResult): string {
  return [
    ...headline(result),
    '',
    ...proofLines(result),
    '',
    ...contentionLines(result),
    '',
    ...nextLines(result),
    '',
  ].join('\n')
}

function headline({ backend, processes, writers, disturbance, proof }: StormResult): string[] {
  const { killed, stopped } = disturbance
  const stopSeconds = ((stopped.window.to - stopped.window.from) / 1000).toFixed(1)
  const good = proof.lost === 0 && proof.duplicated === 0 && proof.acknowledged > 0
  return [
    `${processes} processes × ${writers} writers on the ${backend} backend; process ${killed.number} was killed,`,
    `process ${stopped.number} was stopped for ${stopSeconds} s`,
    '',
    good
      ? 'PROVEN: every acknowledged update is in the store, exactly once'
      : 'FAILED: the store does not hold what it acknowledged',
  ]
}

function proofLines({ proof, failureExample }: StormResult): string[] {
  const { landed, missing } = proof.unanswered
  const findings = proof.findings.slice(0, FINDINGS_SHOWN)
  const more = proof.findings.length - findings.length
  return [
    row('acknowledged', count(proof.acknowledged)),
    row('applied', `${count(proof.applied)}, read back from the store`),
    row('lost', count(proof.lost)),
    row('duplicated', count(proof.duplicated)),
    row('failed', failureExample === undefined ? '0' : `${count(proof.failed)}, such as: ${failureExample}`),
    row(
      'unanswered',
      `${count(landed + missing)}, in flight at the kill or of unknown outcome: ${landed} landed, ${missing} did not`,
    ),
    ...findings.map((finding) => `  ! ${finding}`),
    ...(more > 0 ? [`  ! and ${count(more)} more`] : []),
  ]
}

function contentionLines({
  attempts,
  conflicts,
  latency,
  fairness,
  stoppedProcessDelayMs: delay,
}: StormResult): string[] {
  const share = attempts === 0 ? 0 : (100 * conflicts) / attempts
  return [
    row('attempts', `${count(attempts)}, of which ${count(conflicts)} lost a race (${share.toFixed(1)} %)`),
    row(
      'latency',
      `p50 ${latency.p50Ms} ms, p99 ${latency.p99Ms} ms, max ${latency.maxMs} ms, of the undisturbed processes`,
    ),
    row('fairness', `${fairness}, fewest by most acknowledgements of the undisturbed processes`),
    row(
      'stop delay',
      delay === null ? '-' : `${signed(delay)} ms: their p99 within the stop minus within the same time before it`,
    ),
  ]
}

function nextLines({ storeUrl, prefix, hotPath, tracePath }: StormResult): string[] {
  const store = `--store ${shellWord(storeUrl)}`
  const inspector = 'npx -y pnpm@12 inspector'
  return [
    'Next, look at what is left:',
    `  ${inspector} ls ${store} ${prefix}`,
    `  ${inspector} history ${store} ${hotPath}`,
    `  ${inspector} stats ${store} ${prefix}`,
    `  ${inspector} replay ${shellWord(tracePath)}`,
    'And run the tests:',
    '  npx -y pnpm@12 test',
  ]
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(14)}${value}`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : String(value)
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
