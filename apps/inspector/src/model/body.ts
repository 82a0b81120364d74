/** What a body turned out to be. */
export type Body =
  | { readonly type: 'json'; readonly value: unknown; readonly text: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'binary'; readonly bytes: Uint8Array }

/** Deeper JSON is shown as text, so that no recursion over it can exhaust the stack. */
const JSON_DEPTH_MAX = 256

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Looks at the bytes, not at the content type, which is as untrusted as they are. JSON counts as JSON only when parsing
 * keeps it: an integer beyond what a double holds, or a member that is there twice, makes it text.
 */
export function readBody(bytes: Uint8Array): Body {
  const text = bodyText(bytes)
  return text === undefined ? { type: 'binary', bytes } : (parseJson(text) ?? { type: 'text', text })
}

/** Undefined for a binary body. */
export function bodyText(bytes: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(bytes)
    return text.includes('\u0000') ? undefined : text
  } catch {
    return undefined
  }
}

function parseJson(text: string): Body | undefined {
  const { depth, members } = shapeOf(text)
  if (depth > JSON_DEPTH_MAX) return undefined
  try {
    let exact = true
    let kept = 0
    const value: unknown = JSON.parse(text, (_key, item: unknown, context?: { source?: string }) => {
      if (typeof item === 'number' && !isExact(item, context?.source)) exact = false
      if (typeof item === 'object' && item !== null && !Array.isArray(item)) kept += Object.keys(item).length
      return item
    })
    return exact && kept === members ? { type: 'json', value, text } : undefined
  } catch {
    return undefined
  }
}

function isExact(value: number, source: string | undefined): boolean {
  if (source === undefined || !/^-?\d+$/.test(source)) return Number.isFinite(value)
  return Number.isFinite(value) && BigInt(source) === BigInt(value)
}

/** Nesting of brackets, and how many members all objects have; of text that is no JSON these are just some numbers. */
function shapeOf(text: string): { depth: number; members: number } {
  let members = 0
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (inString) {
      if (character === '\\') at++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth)
    else if (character === '}' || character === ']') depth--
    else if (character === ':') members++
  }
  return { depth: deepest, members }
}
