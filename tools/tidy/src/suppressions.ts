import { mask } from './mask.ts'
import type { Finding, TextFile } from './repository.ts'
import { isCode } from './repository.ts'

/** A suppressed check says which rule and, after ` -- `, why. The switches that silence a line or a
 * file of the type checker whatever the error are refused. */
export function findBareSuppressions(files: readonly TextFile[]): Finding[] {
  return files.filter(isCode).flatMap(({ path, text }) =>
    mask(text)
      .comments.split('\n')
      .flatMap((comment, index) => {
        const problem = problemOf(comment)
        return problem === undefined ? [] : [{ path, line: index + 1, problem }]
      }),
  )
}

function problemOf(comment: string): string | undefined {
  if (/@ts-(?:ignore|nocheck)\b/.test(comment)) return 'use @ts-expect-error with a reason'
  if (/@ts-expect-error\b(?![ :]+\S.{8,})/.test(comment)) return '@ts-expect-error needs a reason behind it'
  if (/@boundaries-ignore\b(?! +\S.{8,})/.test(comment)) return '@boundaries-ignore needs a reason behind it'
  const directive = /\b(?:ox|es)lint-disable(?:-next-line|-line)?\b(.*)$/.exec(comment)
  if (!directive) return undefined
  const [rules = '', reason = ''] = (directive[1] ?? '').replace(/\*\/\s*$/, '').split(' -- ')
  if (rules.trim() === '') return 'a suppression names its rule'
  return reason.trim().length < 8 ? 'a suppression gives its reason after " -- "' : undefined
}
