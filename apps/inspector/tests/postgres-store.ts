import { anything } from '@latchless/filesystem'
import { PostgresFilesystem } from '@latchless/filesystem/postgres'
import { openPostgresSession } from '@latchless/inspector'
import { freshDatabase } from '@latchless/postgres-server'
import { onTestFinished } from 'vitest'
import { diagnose, type Diagnosis, fillStore } from './doctor-subject.ts'

export interface PostgresStore {
  readonly url: string
  readonly database: string
  /** Does something past the store, statement by statement on one connection. */
  readonly plant: (...statements: readonly string[]) => Promise<void>
  /** `as` is the URL that the doctor uses instead. */
  readonly examine: (only?: string, as?: string) => Promise<Diagnosis>
}

/** A store with records of all kinds, in a database of its own on a server. */
export async function postgresStore(server: string | undefined): Promise<PostgresStore> {
  if (server === undefined) throw new Error('Cannot test postgres: LATCHLESS_TEST_DATABASE_URL is not set')
  const database = await freshDatabase(server)
  onTestFinished(() => database.close())
  const store = await PostgresFilesystem.open({ url: database.url, migrate: true })
  await fillStore(store)
  for (let n = 1; n <= 4; n++) {
    await store.put('/orders/o1', { body: Buffer.from(`{"n":${n}}`), contentType: 'application/json' }, anything)
  }
  onTestFinished(() => store.close())
  return {
    url: database.url,
    database: database.name,
    plant: async (...statements) => plantIn(database.url, ...statements),
    examine: async (only = '*', as = database.url) => diagnose(store, { url: as, only }),
  }
}

async function plantIn(url: string, ...statements: readonly string[]): Promise<void> {
  await using session = await openPostgresSession(url)
  await session.rows('SET default_transaction_read_only = off')
  for (const statement of statements) await session.rows(statement)
}
