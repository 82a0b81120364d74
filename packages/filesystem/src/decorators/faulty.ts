import type { FaultScript } from './fault-script.ts'
import type { Filesystem } from '../filesystem.ts'
import { InterceptedFilesystem } from './intercepted.ts'

/**
 * A filesystem that fails as scripted, for tests of what is built on the contract. Several filesystems may share a script.
 *
 * ```ts
 * const script = new FaultScript([{ operation: 'put', fault: 'apply-later' }])
 * const store = faulty(await MemoryFilesystem.open(), script)
 * ```
 */
export function faulty(filesystem: Filesystem, script: FaultScript): Filesystem {
  return new InterceptedFilesystem(filesystem, (call, proceed) => script.run(call, proceed), {
    watch: (prefix, options, proceed) => script.runWatch(prefix, options, proceed),
    waits: true,
  })
}
