import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { counted } from '../../model/measures.ts'
import { skip, type StoreCheck } from '../check.ts'
import { Findings } from '../findings.ts'
import { directoriesBelow, entriesOf } from '../local-directories.ts'
import { storePlace } from '../store-place.ts'
import type { Subject } from '../subject.ts'

export const foreignFiles: StoreCheck = {
  id: 'files.foreign',
  expects: 'Beside the files of the store lie none of others, and none of them is a link',
  over: 'store',
  async run(subject) {
    const place = storePlace(subject.url)
    const found = new Findings()
    if (place?.type === 'local') await foreignInLocal(place.path, subject, found)
    else if (place?.type === 'sqlite') await foreignBesideSqlite(place.path, found)
    else return skip('the store has no files of its own')
    return found.result({
      severity: 'warn',
      none: 'all files are its own',
      some: (count) => counted(count, 'file that is none of the store', 'files that are none of the store'),
      likelyCause: 'a backup or another program writes into the directory; give the store one of its own',
      next: [],
    })
  },
}

async function foreignInLocal(root: string, subject: Subject, found: Findings): Promise<void> {
  const own = new Set(['STORE', 'building', 'records', 'lost+found'])
  for (const { name } of await entriesOf(root)) if (!own.has(name)) found.add(join(root, name))
  for await (const { directory, entries } of directoriesBelow(
    join(root, 'records'),
    subject.recordsMax,
    subject.signal,
  )) {
    const isVersions = /[/]\+(?:record|log)[/]v$/.test(directory)
    const isTemporaries = /[/]\+(?:record|log)[/]t$/.test(directory)
    for (const entry of entries) {
      const isOwn = isVersions
        ? entry.isFile() && /^(?:0|[1-9]\d{0,15})$/.test(entry.name)
        : isTemporaries
          ? entry.isFile()
          : entry.isDirectory()
      if (!isOwn) found.add(join(directory, entry.name))
    }
  }
}

async function foreignBesideSqlite(path: string, found: Findings): Promise<void> {
  const name = basename(path)
  const own = new Set([name, `${name}-wal`, `${name}-shm`])
  for (const beside of await readdir(dirname(path), { withFileTypes: true })) {
    if (!beside.name.startsWith(name)) continue
    if (beside.isSymbolicLink() && own.has(beside.name)) found.add(`${beside.name} is a symbolic link`)
    // A copy has another name. A journal is of a program that has opened the file in another mode.
    else if (beside.name === `${name}-journal`) found.add(`${beside.name}: the file was written in rollback mode`)
  }
}
