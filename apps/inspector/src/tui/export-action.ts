import { existsSync } from 'node:fs'
import { countText } from '../model/measures.ts'
import { OutputFile } from '../output/output-file.ts'
import type { Action } from './action.ts'
import type { Host } from './screen.ts'

/** Something that can be written into a file. */
export interface Exportable {
  /** For messages: `the report`. */
  readonly what: string
  /** Of its file, when nobody names another. */
  readonly name: string
  /** Why it cannot be written now. */
  readonly unavailable?: string | undefined
  /** Its content, in pieces. */
  texts(): Iterable<string> | Promise<Iterable<string>>
}

/**
 * Writes what a screen shows into a new file. Other forms of it are asked for by a word in front of the name, as in
 * `:export chrome FILE`.
 */
export function exportAction(host: Host, shown: Exportable, forms: Readonly<Record<string, Exportable>> = {}): Action {
  const take = (text: string): void => {
    const [, word = '', rest = ''] = /^(\S+)\s+(.*)$/s.exec(text.trim()) ?? []
    const form = Object.hasOwn(forms, word) ? forms[word] : undefined
    write(host, form ?? shown, form ? rest.trim() : text.trim())
  }
  const words = Object.keys(forms)
  return {
    name: `export ${shown.what}`,
    keys: ['E'],
    synonyms: ['save', 'file', ...words],
    unavailable: shown.unavailable,
    run: () => host.ask({ label: 'export to', initial: shown.name, answer: take }),
    command: { word: 'export', argument: words.length === 0 ? 'FILE' : `[${words.join('|')}] FILE`, take },
  }
}

function write(host: Host, exported: Exportable, file: string): void {
  const { what, name, unavailable } = exported
  if (unavailable !== undefined) throw new RangeError(`Cannot export ${what}: ${unavailable}`)
  if (file === '') throw new RangeError(`Cannot export ${what}: no file is named, expected one such as ${name}`)
  if (existsSync(file)) {
    throw new RangeError(`Cannot write ${JSON.stringify(file)}: it is there already, expected a new name`)
  }
  host.run(async () => {
    await using output = await OutputFile.create(file)
    await output.writeAll(await exported.texts())
    await output.finish()
    host.say(`wrote ${what}, ${countText(output.bytes)} bytes, to ${file}`)
  })
}
