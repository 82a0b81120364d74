import { type FaultProxy, startFaultProxy } from '@latchless/postgres-server'
import { PostgresFilesystem, type PostgresOptions } from '@latchless/filesystem/postgres'
import { databaseUrl, type OpenStore, openStore } from './store.ts'

/** A store, and beside it a filesystem that reaches it through a proxy that can lose what it carries. */
export interface BehindProxy extends AsyncDisposable {
  readonly store: OpenStore
  readonly proxy: FaultProxy
  readonly filesystem: PostgresFilesystem
}

export async function behindProxy(more: PostgresOptions = {}): Promise<BehindProxy> {
  const store = await openStore()
  const proxy = await startFaultProxy(await databaseUrl())
  const filesystem = await PostgresFilesystem.open({ ...store.options, ...more, url: proxy.url, poke: false })
  return {
    store,
    proxy,
    filesystem,
    async [Symbol.asyncDispose]() {
      await proxy.close()
      await filesystem.close()
      await store[Symbol.asyncDispose]()
    },
  }
}
