import { fit } from '../../../terminal/cells.ts'
import {
  endingText,
  inputsText,
  MEASURED,
  measuredCells,
  measuredWords,
  MODEL_COLUMNS,
  MODEL_NOTES,
  modelledCells,
  modelledWords,
} from '../../../whatif/model-text.ts'
import { type Policy, policyText } from '../../../whatif/policy.ts'
import type { Study } from '../../../whatif/study.ts'
import type { Frame } from '../../frame.ts'
import { wrapped } from '../../wrapped.ts'

/** From so many columns on a policy has its name and its figures in one line. */
const TABLE_COLUMNS_MIN = 100
const POLICY_COLUMNS_MAX = 40
const HANGING = '  '
const RUNNING = 'running'

/** What was measured and what the model says, a policy after the other. */
export function whatIfLines(frame: Frame, study: Study, policies: readonly Policy[]): string[] {
  const { columns, paint, spoken } = frame
  const isTable = columns >= TABLE_COLUMNS_MIN && !spoken
  const words = (text: string): string[] => wrapped(text, columns - 2, HANGING).map((line) => ` ${line}`)
  const body = isTable ? tableLines(frame, study, policies) : wordLines(study, policies).flatMap(words)
  const endings = policies.flatMap((policy) => {
    const known = study.known(policy)
    return (known && endingText(known)) ?? []
  })
  return [
    ...words(inputsText(study.inputs)),
    '',
    ...body,
    '',
    ...endings.flatMap(words).map((line) => paint('warning', line)),
    ...MODEL_NOTES.flatMap(words).map((line) => paint('muted', line)),
  ]
}

function tableLines(frame: Frame, study: Study, policies: readonly Policy[]): string[] {
  const { paint } = frame
  const modelled = policies.flatMap((policy) => {
    const known = study.known(policy)
    if (!known) return [row(frame, policyText(policy), [RUNNING])]
    const { medians, ranges } = modelledCells(known)
    return [row(frame, known.policy, medians), paint('muted', row(frame, '', ranges))]
  })
  const headings = MODEL_COLUMNS.map(({ heading }) => heading)
  const measured = row(frame, MEASURED, measuredCells(study.inputs.measured))
  return [paint('heading', row(frame, 'POLICY', headings)), measured, ...modelled]
}

function row({ columns, glyphs }: Frame, name: string, cells: readonly string[]): string {
  const rest = MODEL_COLUMNS.reduce((sum, column) => sum + column.columns, 0)
  const shown = cells.map((cell, at) => fit(cell, MODEL_COLUMNS[at]?.columns ?? 0, 'right', glyphs.ellipsis))
  return ` ${fit(name, Math.min(POLICY_COLUMNS_MAX, columns - 1 - rest), 'left', glyphs.ellipsis)}${shown.join('')}`
}

function wordLines(study: Study, policies: readonly Policy[]): string[] {
  const modelled = policies.map((policy) => {
    const known = study.known(policy)
    return known ? modelledWords(known) : `model, ${policyText(policy)}: ${RUNNING}`
  })
  return [measuredWords(study.inputs.measured), ...modelled]
}
