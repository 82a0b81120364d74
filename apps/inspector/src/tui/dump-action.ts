import { writeFile } from 'node:fs/promises'
import { stripVTControlCharacters } from 'node:util'
import { unwritable } from '../output/unwritable.ts'
import type { Action } from './action.ts'
import type { Host } from './screen.ts'

/**
 * Writes what is in sight into a new file: as plain text, or with its styles where the name ends in `.ansi`. `drawn` gives the
 * styled lines of the screen, without what stands in front of it.
 */
export function dumpAction(host: Host, drawn: () => readonly string[]): Action {
  const take = (name: string): void => {
    const file = name.trim()
    if (file === '') throw new RangeError('Cannot write the screen: no file is named, expected one such as screen.txt')
    const lines = drawn()
    host.run(async () => {
      await writeNew(file, file.endsWith('.ansi') ? lines : lines.map(plainLine))
      host.say(`wrote the screen to ${file}`)
    })
  }
  return {
    name: 'write the screen into a file',
    keys: [],
    synonyms: ['save', 'print', 'picture'],
    run: () => host.ask({ label: 'write the screen to', initial: 'screen.txt', answer: take }),
    command: { word: 'dump', argument: 'FILE, with its colours as FILE.ansi', take },
  }
}

function plainLine(line: string): string {
  return stripVTControlCharacters(line).trimEnd()
}

// What was on the screen is for nobody else to read, as the records are.
async function writeNew(file: string, lines: readonly string[]): Promise<void> {
  await writeFile(file, `${lines.join('\n')}\n`, { flag: 'wx', mode: 0o600 }).catch((cause: unknown) => {
    throw unwritable(file, cause)
  })
}
