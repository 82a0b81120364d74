import { closingBracket, mask } from './mask.ts'
import type { Finding, TextFile } from './repository.ts'
import { isCode, lineAt } from './repository.ts'

/** Lines that one function may have, its braces included. */
const FUNCTION_LINES_MAX = 70

/** Functions that do not fit a screen. The callback of a `describe` is a heading, not a function. */
export function findLongFunctions(files: readonly TextFile[]): Finding[] {
  return files.filter(isCode).flatMap((file) => {
    const { code } = mask(file.text)
    return [...code.matchAll(/\{/g)].flatMap(({ index }) => {
      const lines = lineAt(code, closingBracket(code, index)) - lineAt(code, index) + 1
      if (lines <= FUNCTION_LINES_MAX || !opensFunction(code.slice(0, index))) return []
      return [
        {
          path: file.path,
          line: lineAt(code, index),
          problem: `a function of ${lines} lines, at most ${FUNCTION_LINES_MAX}`,
        },
      ]
    })
  })
}

function opensFunction(before: string): boolean {
  const text = before.trimEnd()
  if (text.endsWith('=>')) return !/\bdescribe(?:\.\w+(?:\([^()]*\))?)?\([^()]*(?:\([^()]*\))?\s*=>$/.test(text)
  const line = text.slice(text.lastIndexOf('\n') + 1)
  if (/^\s*(?:export )?(?:abstract )?(?:class|interface|type|const|let)\b/.test(line)) return false
  // A parameter list, then nothing or a return type.
  const signature = /\)(?:\s*:\s*[^;=]*)?$/.exec(text.slice(-400))
  return signature !== null && !/\b(?:if|for|while|switch|catch)\s*\([^{}]*\)$/.test(text.slice(-400))
}
