import type { TransactStep, WriteOptions, Writer } from '../../filesystem.ts'
import { KEEP_VERSIONS_DEFAULT } from '../../filesystem.ts'
import { copyEntry } from '../../head.ts'
import type { Runtime } from '../../runtime.ts'
import type { PlannedAppend } from './logs.ts'
import type { PlannedWrite } from './records.ts'
import type { PlannedStep, PlannedTransact } from './transaction.ts'

/** Makes complete descriptions of writes: bytes copied, ids and times drawn, so that the worker draws nothing. */
export class WritePlanner {
  readonly #runtime: Runtime
  readonly #writer: Writer

  constructor(runtime: Runtime, writer: Writer) {
    this.#runtime = runtime
    this.#writer = writer
  }

  write(step: TransactStep & { readonly type: 'put' | 'delete' }, options: WriteOptions): PlannedWrite {
    const writer = options.writer ?? this.#writer
    return {
      operation: step.type,
      path: step.path,
      write: {
        entry: step.type === 'put' ? copyEntry(step.entry) : undefined,
        expect: { ...step.expect },
        writeId: options.writeId ?? this.#runtime.randomHex(16),
        writer: { ...writer },
        time: this.#runtime.wallMs(),
        updates: structuredClone(options.updates) ?? [{ writer }],
      },
      keepVersions: options.keepVersions ?? KEEP_VERSIONS_DEFAULT,
      generation: this.#runtime.randomHex(8),
      fresh: options.writeId === undefined,
    }
  }

  append(path: string, bodies: readonly Uint8Array[]): PlannedAppend {
    return { path, bodies: bodies.map((body) => Uint8Array.from(body)), time: this.#runtime.wallMs() }
  }

  transact(steps: readonly TransactStep[], options: WriteOptions): PlannedTransact {
    const fresh = options.writeId === undefined
    const writeId = options.writeId ?? this.#runtime.randomHex(16)
    const planned = steps.map((step): PlannedStep => {
      if (step.type === 'check') return { ...step, expect: { ...step.expect } }
      if (step.type === 'append') return { type: 'append', planned: this.append(step.path, step.bodies) }
      return { type: 'write', planned: { ...this.write(step, { ...options, writeId }), fresh } }
    })
    return { steps: planned, writeId, fresh }
  }
}
