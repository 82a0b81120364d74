import { basename } from 'node:path'
import { chromeTrace } from '../../../trace/chrome-trace.ts'
import { windowTrace } from '../../../trace/window-trace.ts'
import type { Action } from '../../action.ts'
import { exportAction } from '../../export-action.ts'
import { fileWord } from '../../file-name.ts'
import type { Host } from '../../screen.ts'
import type { ReplayModel } from './replay-model.ts'
import { windowInSight } from './window-in-sight.ts'

/** Writes the part of the trace that is in sight, of one record where only that is shown. */
export function exportingAction(host: Host, model: ReplayModel, files: readonly string[]): Action {
  const { trace, makers } = model
  const window = windowInSight(model)
  const seconds = [window.fromUs, window.toUs].map((us) => `${((us - trace.startUs) / 1e6).toFixed(3)}s`)
  const source = basename(files[0] ?? '').replace(/(?:\.castrace)?\.jsonl(?:\.gz)?$/, '')
  const name = `${fileWord(source)}-${seconds.join('-')}`
  return exportAction(
    host,
    {
      what: 'this part as a trace',
      name: `${name}.castrace.jsonl`,
      texts: () => windowTrace(trace, makers, window),
    },
    {
      chrome: {
        what: "this part for Chrome's trace viewer",
        name: `${name}.json`,
        texts: () => chromeTrace(trace, makers, window),
      },
    },
  )
}
