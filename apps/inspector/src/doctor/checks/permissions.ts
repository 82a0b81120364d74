import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { shellWord } from '../../model/shell-word.ts'
import { type CheckResult, skip, type StoreCheck } from '../check.ts'
import { Findings } from '../findings.ts'
import { openPostgresSession } from '../postgres-session.ts'
import { storePlace } from '../store-place.ts'
import type { Subject } from '../subject.ts'

export const permissions: StoreCheck = {
  id: 'store.permissions',
  expects: 'This user may read the store, and nobody but its owner may write past it',
  over: 'store',
  async run(subject) {
    const place = storePlace(subject.url)
    if (place === undefined) return skip('a store in memory is open to its process only')
    if (place.type === 'postgres') return await roleRights(place.url)
    const found = new Findings()
    const directory = place.type === 'sqlite' ? dirname(place.path) : place.path
    const paths = place.type === 'local' ? [directory, join(directory, 'records')] : [directory, place.path]
    for (const path of new Set(paths)) await lookAt(path, subject, found)
    return found.result({
      severity: 'warn',
      none: `readable${subject.writable ? ' and writable' : ''}, and writable by nobody else`,
      some: () => 'the store is open to others, or closed to this user',
      likelyCause: 'it was made under a wide umask, or by another user',
      next: [`chmod go-w ${shellWord(directory)}`],
    })
  },
}

const WRITABLE_BY_OTHERS = 0o022

async function lookAt(path: string, { writable, surroundings }: Subject, found: Findings): Promise<void> {
  const { mode, uid } = await stat(path)
  if ((mode & WRITABLE_BY_OTHERS) !== 0) found.add(`${path} has mode ${(mode & 0o777).toString(8)}`)
  if (surroundings.uid !== undefined && uid !== surroundings.uid && surroundings.uid !== 0) {
    found.add(`${path} belongs to user ${uid}, this is user ${surroundings.uid}`)
  }
  const wanted = writable ? constants.R_OK | constants.W_OK : constants.R_OK
  await access(path, wanted).catch(() => found.add(`${path} cannot be ${writable ? 'written' : 'read'} by this user`))
}

async function roleRights(url: string): Promise<CheckResult> {
  await using session = await openPostgresSession(url)
  const [row] = await session.rows(
    `SELECT current_user AS role, rolsuper AS super,
       has_table_privilege($1, 'SELECT') AS reads,
       has_table_privilege($1, 'INSERT, UPDATE, DELETE, TRUNCATE') AS writes
     FROM pg_roles WHERE rolname = current_user`,
    [`${session.schema}.records`],
  )
  const found = new Findings()
  const role = String(row?.['role'])
  if (row?.['super'] === true) found.add(`role ${role} is a superuser`)
  if (row?.['reads'] !== true) found.add(`role ${role} may not read the tables`)
  if (row?.['writes'] === true)
    found.add(`role ${role} may change the tables past the functions that hold the preconditions`)
  return found.result({
    severity: 'warn',
    none: `role ${role} reads the tables and changes them by their functions only`,
    some: () => `role ${role} may do more, or less, than a service needs`,
    likelyCause: 'services connect as the owner of the tables; roleSql() gives a role what it needs and no more',
    next: [],
  })
}
