import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PostgresServer } from '@latchless/postgres-server'
import { freshDatabase, startPostgres } from '@latchless/postgres-server'
import type { EngineFamily } from './engines/engine.ts'

/** An empty store's place, and what its records are known to hold. */
export interface Place extends AsyncDisposable {
  /** A directory or the URL of a database. */
  readonly url: string
  readonly counts: Map<string, number>
  isFilled: boolean
}

/** Makes places, all below the directory for temporary files and so on one disk. Starts PostgreSQL when first needed. */
export class Places implements AsyncDisposable {
  #server: Promise<PostgresServer> | undefined

  async make(family: EngineFamily): Promise<Place> {
    if (family === 'postgres') return this.#makeDatabase()
    const directory = await mkdtemp(join(tmpdir(), 'latchless-bench-'))
    const remove = () => rm(directory, { recursive: true, force: true, maxRetries: 3 })
    return { url: directory, counts: new Map(), isFilled: false, [Symbol.asyncDispose]: remove }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#server)?.close()
  }

  // A commit waits for the disk, as in production.
  async #makeDatabase(): Promise<Place> {
    this.#server ??= startPostgres({ durable: true })
    const server = await this.#server
    const database = await freshDatabase(server.url)
    return { url: database.url, counts: new Map(), isFilled: false, [Symbol.asyncDispose]: () => database.close() }
  }
}
