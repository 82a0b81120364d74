import type { TestStore } from './test-backend.ts'

/**
 * The names of the places where a text is stored, as it is or as it stands in JSON. A test that relies on an empty answer first
 * shows that the same search finds what is there.
 */
export async function searchStore(store: TestStore, text: string): Promise<string[]> {
  const wanted = [text, JSON.stringify(text).slice(1, -1)].map((form) => Buffer.from(form, 'utf8'))
  const found: string[] = []
  for await (const { name, bytes } of store.places()) {
    const stored = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (wanted.some((form) => stored.includes(form))) found.push(name)
  }
  return found
}
