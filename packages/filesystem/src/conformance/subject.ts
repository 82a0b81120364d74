import type { Filesystem } from '../filesystem.ts'

/** Options of one store, as JSON, so that a child process can open the same store. */
export type StoreOptions = Readonly<Record<string, unknown>>

/**
 * A backend under test. It is named by module and export, not handed over as a function, because the kit forks processes
 * that open the same store on their own.
 */
export interface Subject {
  /**
   * What `import()` takes, here and in child processes: the name of a package that the kit can resolve, or a file URL (for
   * instance from `import.meta.resolve`).
   */
  readonly module: string
  /** The name of an exported class or object with `open(options)`. It must accept the option `limits`. */
  readonly export: string
  /** Called once per case: the options of a fresh and empty store. */
  readonly options: () => StoreOptions | Promise<StoreOptions>
  /** Whether another process that opens the same options sees the same store. Must agree with the capabilities. */
  readonly crossProcess: boolean
  /**
   * Whether `maintain` forgets tombstones once they are old enough. The store must then take the option `tombstoneMs`.
   * Default false: a tombstone is kept for good.
   */
  readonly purgesTombstones?: boolean | undefined
  /**
   * Whether a process that is stopped in the middle of a write delays others, as one that is stopped inside of a write
   * transaction of SQLite does. The kit then stops processes between their reads and writes only. Default false.
   */
  readonly stoppedWriterDelaysOthers?: boolean | undefined
}

/** The part of a {@link Subject} that a child process needs. */
export type SubjectAddress = Pick<Subject, 'module' | 'export'>

/**
 * Opens a store of a subject.
 *
 * @throws {TypeError} when the module has no such export, or the export has no `open`.
 */
export async function openSubject(subject: SubjectAddress, options: StoreOptions): Promise<Filesystem> {
  const loaded: unknown = await import(/* @vite-ignore */ subject.module)
  const opener = (loaded as Record<string, { open?: (options: StoreOptions) => Promise<Filesystem> } | undefined>)[
    subject.export
  ]
  if (typeof opener?.open !== 'function') {
    throw new TypeError(
      `Cannot open "${subject.export}" of "${subject.module}": it must be exported and have open(options)`,
    )
  }
  return opener.open(options)
}
