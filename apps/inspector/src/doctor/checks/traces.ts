import { displayText } from '../../display-text.ts'
import { counted } from '../../model/measures.ts'
import { ok, skip, type SurroundingsCheck } from '../check.ts'
import { Findings } from '../findings.ts'
import { command, type Subject } from '../subject.ts'

const whole: SurroundingsCheck = {
  id: 'trace.format',
  expects: 'A trace is whole: every line of it can be read, and nothing was dropped',
  over: 'surroundings',
  async run(subject) {
    if (subject.traces.length === 0) return skip('no trace was given; --trace FILE names one')
    const trace = await read(subject)
    if (trace.count === 0 && trace.problems.length === 0) return ok('empty')
    const found = new Findings()
    const faults = trace.problems.filter(({ kind }) => kind !== 'truncated')
    for (const { file, line, message } of faults)
      found.add(`${file}${line === undefined ? '' : `:${line}`}: ${message}`)
    found.addMore(trace.damageCount - faults.length)
    for (const { events } of trace.gaps) found.add(`${counted(events, 'event')} were dropped by the recorder`)
    return found.result({
      severity: 'warn',
      none: counted(trace.count, 'event') + (trace.problems.length > 0 ? ', the end is still to come, or lost' : ''),
      some: (count) => `${counted(count, 'fault')} in ${counted(trace.count, 'event')}`,
      likelyCause: 'the recording process was killed, or recorded more than its buffer takes',
      next: [],
    })
  },
}

const consistent: SurroundingsCheck = {
  id: 'trace.consistent',
  expects: 'Each write that won made the version behind the one it had read, and none was made twice',
  over: 'surroundings',
  async run(subject) {
    if (subject.traces.length === 0) return skip('no trace was given; --trace FILE names one')
    const trace = await read(subject)
    const { checkTrace } = await import('../../trace/check-trace.ts')
    const { findings, errors, warnings } = checkTrace(trace)
    const found = new Findings()
    for (const { kind, key, version, message } of findings) found.add(`${kind}: ${message}`, key, version)
    found.addMore(errors + warnings - findings.length)
    return found.result({
      severity: errors > 0 ? 'fail' : 'warn',
      none: counted(trace.count, 'event'),
      some: (count) => `${counted(count, 'finding')} in ${counted(trace.count, 'event')}`,
      likelyCause: 'a writer went past the precondition, or traces of several stores were given together',
      next: [command(subject, 'replay', ...subject.traces.map((file) => displayText(file)))],
    })
  },
}

async function read({ traces, signal }: Subject) {
  const { readTrace } = await import('../../trace/read-trace.ts')
  return await readTrace(traces, { signal })
}

export const traceChecks: readonly SurroundingsCheck[] = [whole, consistent]
