import { type FilesystemCall, InterceptedFilesystem, type Proceed } from '../decorators/intercepted.ts'
import { FilesystemError } from '../errors.ts'
import type { Change, Filesystem } from '../filesystem.ts'
import type { Runtime } from '../runtime.ts'
import { systemRuntime } from '../runtime.ts'
import { bytesGiven, bytesReturned, type OperationResult } from './observed-bytes.ts'
import type { ObservedOperation, Observer, OperationOutcome } from './observer.ts'

export interface ObservedOptions {
  /** Gives the durations. */
  readonly runtime?: Runtime | undefined
}

/**
 * A filesystem that tells an observer, such as a `Metrics`, of every operation. It changes nothing else.
 *
 * ```ts
 * const metrics = new Metrics()
 * const store = observed(await openFilesystem('memory:'), metrics)
 * ```
 */
export function observed(filesystem: Filesystem, observer: Observer, options: ObservedOptions = {}): Filesystem {
  const { runtime = systemRuntime } = options
  return new InterceptedFilesystem(filesystem, (call, proceed) => observe(observer, runtime, call, proceed), {
    watch: (_prefix, passed, proceed) => {
      const changes = proceed(passed)
      return {
        [Symbol.asyncIterator]: () =>
          observedIterator(changes[Symbol.asyncIterator](), begin(observer, runtime, 'watch')),
      }
    },
  })
}

// Written out rather than as a generator, which could not be returned from while it waits for the next change.
function observedIterator(changes: AsyncIterator<Change>, end: End): AsyncIterator<Change> {
  const until = async (step: Promise<IteratorResult<Change>>): Promise<IteratorResult<Change>> => {
    try {
      const result = await step
      if (result.done) end('ok')
      return result
    } catch (error) {
      end(outcomeOf(error))
      throw error
    }
  }
  return {
    next: () => until(changes.next()),
    return: () => until(changes.return?.() ?? Promise.resolve({ done: true, value: undefined })),
  }
}

async function observe<Result>(
  observer: Observer,
  runtime: Runtime,
  call: FilesystemCall,
  proceed: Proceed<Result>,
): Promise<Result> {
  const end = begin(observer, runtime, call.operation)
  try {
    const result = await proceed()
    end('ok', bytesReturned(result as OperationResult), bytesGiven(call))
    return result
  } catch (error) {
    end(outcomeOf(error))
    throw error
  }
}

type End = (outcome: OperationOutcome, bytesRead?: number, bytesWritten?: number) => void

/** Tells that an operation began; what it returns tells, once, that it ended. */
function begin(observer: Observer, runtime: Runtime, operation: ObservedOperation): End {
  const startedMs = runtime.monotonicMs()
  let open = true
  observer.operationStarted(operation)
  return (outcome, bytesRead = 0, bytesWritten = 0) => {
    if (!open) return
    open = false
    const seconds = (runtime.monotonicMs() - startedMs) / 1000
    observer.operationEnded({ operation, outcome, seconds, bytesRead, bytesWritten })
  }
}

function outcomeOf(error: unknown): OperationOutcome {
  return error instanceof FilesystemError ? error.code : 'error'
}
