import { displayText } from '../../../../display-text.ts'
import { sizeText } from '../../../../model/measures.ts'
import { TREE_LINES_MAX, type TreeLine } from '../../../../model/json-tree.ts'
import { jsonText } from '../../../../output/json-text.ts'
import { cut } from '../../../../terminal/cells.ts'
import type { Frame } from '../../../frame.ts'
import { foldedWords } from './folded-words.ts'
import { type LineSource, linesFrom } from './line-source.ts'
import { TREE_BYTES_MAX, type ValueContent } from './value-content.ts'

const UNITS_MAX = 400

/** The body as a tree with folded parts. */
export function jsonLines(content: ValueContent, frame: Frame): LineSource {
  const { tree, body } = content
  if (!tree) {
    const why =
      body.length > TREE_BYTES_MAX
        ? `${sizeText(body.length)} are more than a tree is made of (${sizeText(TREE_BYTES_MAX)})`
        : 'it is no JSON, nests too deeply, or has numbers that no tree keeps'
    const words = foldedWords(`${why}. v shows it in another way.`, frame.columns, frame.glyphs.ellipsis)
    return linesFrom(words.map((line) => frame.paint('warning', line)))
  }
  const { lines } = tree
  const isCut = lines.length >= TREE_LINES_MAX
  return {
    count: lines.length + (isCut ? 1 : 0),
    line: (at) => {
      const line = lines[at]
      const text = line ? treeText(line, frame) : `more than ${TREE_LINES_MAX} lines: fold some with -`
      return cut(text, frame.columns, frame.glyphs.ellipsis)
    },
  }
}

/** `  ▸ lines: [3]`. */
function treeText({ depth, key, value, children, isOpen }: TreeLine, { glyphs }: Frame): string {
  const mark = children === undefined ? ' ' : isOpen ? glyphs.unfolded : glyphs.folded
  const name = key === undefined ? '' : `${displayText(String(key), { codePointsMax: UNITS_MAX })}: `
  return `${'  '.repeat(Math.min(depth, 40))}${mark} ${name}${valueText(value, children)}`
}

/** A value in a few words: what it is, and how much of it. */
export function valueText(value: unknown, children: number | undefined): string {
  if (Array.isArray(value)) return `[${children ?? ''}]`
  if (typeof value === 'object' && value !== null)
    return children === undefined ? '{}' : `{${children} ${children === 1 ? 'key' : 'keys'}}`
  if (typeof value !== 'string' || value.length <= UNITS_MAX) return displayText(jsonText(value))
  return `${displayText(jsonText(value.slice(0, UNITS_MAX)))} and ${value.length - UNITS_MAX} more`
}
