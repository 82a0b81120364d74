import type { Tuple, TupleElement } from './filesystem.ts'

/** JSON has no bytes, so they travel as `{ "base64": … }`; every other element is its own JSON value. */
export type TupleJson = readonly (null | boolean | number | string | { readonly base64: string })[]

export function tupleToJson(tuple: Tuple): TupleJson {
  return tuple.map((element) =>
    element instanceof Uint8Array ? { base64: Buffer.from(element).toString('base64') } : element,
  )
}

/** @throws {TypeError} when a value is not the JSON of a tuple. */
export function tupleFromJson(json: unknown): Tuple {
  if (!Array.isArray(json)) throw new TypeError('Cannot read tuple: it must be an array')
  return json.map(elementFromJson)
}

function elementFromJson(json: unknown): TupleElement {
  if (json === null || typeof json === 'boolean' || typeof json === 'number' || typeof json === 'string') return json
  if (typeof json === 'object' && 'base64' in json && typeof json.base64 === 'string') {
    return new Uint8Array(Buffer.from(json.base64, 'base64'))
  }
  throw new TypeError('Cannot read tuple: an element must be null, boolean, number, string or bytes')
}
