import type { ComparedLine } from './compared-line.ts'
import type { LineEdit } from './line-diff.ts'

const CONTEXT = 3

/** Removed lines beside the added ones that took their place, with some equal lines around them. */
export function sideBySide(edits: readonly LineEdit[]): ComparedLine[] {
  const isNear = nearChanges(edits)
  const lines: ComparedLine[] = []
  let isInHunk = false
  let number = 0
  for (let at = 0; at < edits.length;) {
    const { removed, added, end } = runFrom(edits, at)
    if (end === at) {
      const { line = '' } = edits[at] ?? {}
      number++
      if (isNear[at]) {
        if (!isInHunk) lines.push({ type: 'hunk', text: `line ${number}` })
        lines.push({ type: 'pair', op: 'same', left: line, right: line })
      }
      isInHunk = isNear[at] ?? false
      at++
      continue
    }
    if (!isInHunk) lines.push({ type: 'hunk', text: `line ${number + 1}` })
    isInHunk = true
    for (let row = 0; row < Math.max(removed.length, added.length); row++) {
      lines.push({ type: 'pair', op: 'changed', left: removed[row], right: added[row] })
    }
    number += removed.length
    at = end
  }
  return lines
}

/** The removed and added lines that follow each other from a place on. */
function runFrom(edits: readonly LineEdit[], start: number) {
  const removed: string[] = []
  const added: string[] = []
  let end = start
  for (let edit = edits[end]; edit && edit.op !== 'same'; edit = edits[++end]) {
    if (edit.op === 'removed') removed.push(edit.line)
    else added.push(edit.line)
  }
  return { removed, added, end }
}

function nearChanges(edits: readonly LineEdit[]): boolean[] {
  const isNear = Array.from({ length: edits.length }, () => false)
  for (const [at, { op }] of edits.entries()) {
    if (op !== 'same') isNear.fill(true, Math.max(0, at - CONTEXT), Math.min(edits.length, at + CONTEXT + 1))
  }
  return isNear
}
