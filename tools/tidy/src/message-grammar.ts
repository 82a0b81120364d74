import { closingBracket, mask } from './mask.ts'
import type { Finding, TextFile } from './repository.ts'
import { isSource, lineAt } from './repository.ts'

const builtIn = new Set(['Error', 'TypeError', 'RangeError', 'SyntaxError', 'AggregateError'])
const contraction = /\b\w+n['’]t\b|\b(?:it|that|there|what|let)['’]s\b|\b\w+['’](?:re|ve|ll|d)\b|\bcannot not\b/i

/** Messages read `Cannot update "/turns/t1": expected version 7, found version 9`. */
export function findUngrammaticalMessages(files: readonly TextFile[]): Finding[] {
  return files.filter(isSource).flatMap((file) => {
    const { code } = mask(file.text)
    return [...code.matchAll(/\bnew (\w*(?:Error|Mismatch))\(/g)].flatMap((found) => {
      const open = found.index + found[0].length - 1
      const name = found[1] ?? ''
      const position = name === 'AggregateError' || !builtIn.has(name) ? 1 : 0
      const argument = argumentsOf(file.text, code, open)[position]
      const problem = argument === undefined ? undefined : problemOf(argument)
      return problem === undefined ? [] : [{ path: file.path, line: lineAt(file.text, found.index), problem }]
    })
  })
}

// Only a literal can be judged; a message passed in a variable is judged where it is written.
function problemOf(argument: string): string | undefined {
  const quote = argument[0] ?? ''
  if (!['"', "'", '`'].includes(quote) || !argument.endsWith(quote)) return undefined
  const message = argument.slice(1, -1)
  if (!message.startsWith('Cannot ')) return 'an error message starts with "Cannot "'
  if (message.endsWith('.')) return 'an error message has no final period'
  if (contraction.test(message)) return 'an error message has no contraction'
  return undefined
}

function argumentsOf(text: string, code: string, open: number): string[] {
  const close = closingBracket(code, open)
  const found: string[] = []
  let depth = 0
  let start = open + 1
  for (let at = open + 1; at <= close; at++) {
    const char = code[at] ?? ''
    if (depth === 0 && (char === ',' || at === close)) {
      found.push(text.slice(start, at).trim())
      start = at + 1
    } else if ('([{'.includes(char)) depth++
    else if (')]}'.includes(char)) depth--
  }
  return found
}
