import { localBackend, sqliteBackend } from './disk-backends.ts'
import { memoryBackend } from './memory-backend.ts'
import { postgresBackend } from './postgres-backend.ts'
import type { TestBackend } from './test-backend.ts'

/** Every backend that can hold a store's records. Postgres needs the server that the `globalSetup` of the tests starts. */
export const backends: readonly TestBackend[] = [memoryBackend, localBackend, sqliteBackend, postgresBackend]
