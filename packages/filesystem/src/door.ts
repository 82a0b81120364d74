import { Closable } from './closable.ts'
import {
  checkBefore,
  checkDeleteExpectation,
  checkEntry,
  checkExpectation,
  checkListCursor,
  checkSequence,
  checkSignal,
  checkWriteOptions,
  maintainLimit,
  pageSize,
} from './entry.ts'
import type {
  Entry,
  Expectation,
  HistoryOptions,
  Limits,
  ListOptions,
  MaintainOptions,
  OperationOptions,
  QueryOptions,
  ReadLogOptions,
  TransactStep,
  WriteOptions,
} from './filesystem.ts'
import { PAGE_SIZE_DEFAULT } from './filesystem.ts'
import type { IndexRange } from './index-range.ts'
import { checkQuery } from './index-range.ts'
import { checkBodies, checkRead, checkTrim } from './log.ts'
import { checkPath, checkPrefix, ROOT } from './path.ts'
import { unsupported } from './refusals.ts'
import { checkSteps } from './transact-steps.ts'

/** What one filesystem checks besides what all do. Each throws to refuse. */
export interface DoorRules {
  /** Paths that it cannot have. */
  readonly path?: (operation: string, path: string) => void
  /** Operations that write. */
  readonly write?: (operation: string, path: string) => void
}

/** The rules of a store that was opened for reading only. */
export function readOnlyRules(backend: string): DoorRules {
  return {
    write: (operation, path) => {
      throw unsupported(backend, operation, path, 'the store was opened for reading only')
    },
  }
}

/**
 * The door of a filesystem: every operation passes here first, and in the same order on every backend: is it open, is the path
 * one, has the signal fired, are the arguments within form and limits. Nothing has been touched when it refuses.
 */
export class Door extends Closable {
  readonly limits: Limits
  readonly #rules: DoorRules

  constructor(limits: Limits, rules: DoorRules = {}) {
    super()
    this.limits = limits
    this.#rules = rules
  }

  get(path: string, options: OperationOptions): void {
    this.#enter('get', path, options)
  }

  put(path: string, entry: Entry, expect: Expectation, options: WriteOptions): void {
    this.#enterToWrite('put', path, options)
    checkExpectation('put', path, expect)
    checkEntry(path, entry, this.limits)
    checkWriteOptions('put', path, options, this.limits)
  }

  delete(path: string, expect: Expectation, options: WriteOptions): void {
    this.#enterToWrite('delete', path, options)
    checkDeleteExpectation(path, expect)
    checkWriteOptions('delete', path, options, this.limits)
  }

  /** The size of the page. */
  list(prefix: string, options: ListOptions): number {
    this.#enter('list', prefix, options, checkPrefix)
    checkListCursor(options, this.limits)
    return pageSize('list', prefix, options.limit, PAGE_SIZE_DEFAULT, this.limits)
  }

  query(collection: string, index: string, options: QueryOptions): IndexRange {
    this.#enter('query', collection, options, checkPrefix)
    return checkQuery(collection, index, options, this.limits)
  }

  append(log: string, bodies: readonly Uint8Array[], options: OperationOptions): void {
    this.#enterToWrite('append', log, options)
    checkBodies(log, bodies, this.limits)
  }

  read(log: string, options: ReadLogOptions): { readonly after?: number; readonly limit: number } {
    this.#enter('read', log, options)
    return checkRead(log, options, this.limits)
  }

  trim(log: string, before: number, options: OperationOptions): void {
    this.#enterToWrite('trim', log, options)
    checkTrim(log, before)
  }

  transact(steps: readonly TransactStep[], options: WriteOptions): void {
    this.#enterToWrite('transact', ROOT, options, checkPrefix)
    checkSteps(steps, options, this.limits)
  }

  /** The size of the page. */
  history(path: string, options: HistoryOptions): number {
    this.#enter('history', path, options)
    checkBefore(path, options)
    return pageSize('history', path, options.limit, PAGE_SIZE_DEFAULT, this.limits)
  }

  getVersion(path: string, sequence: number, options: OperationOptions): void {
    this.#enter('getVersion', path, options)
    checkSequence(path, sequence)
  }

  watch(prefix: string): void {
    this.checkOpen('watch', prefix)
    checkPrefix(prefix, 'watch', this.limits)
  }

  /** How much may be removed. */
  maintain(options: MaintainOptions): number {
    this.#enterToWrite('maintain', ROOT, options, checkPrefix)
    return maintainLimit(options)
  }

  #enter(operation: string, path: string, options: OperationOptions, check = checkPath): void {
    this.checkOpen(operation, path)
    check(path, operation, this.limits)
    this.#rules.path?.(operation, path)
    checkSignal(operation, path, options.signal)
  }

  #enterToWrite(operation: string, path: string, options: OperationOptions, check = checkPath): void {
    this.#enter(operation, path, options, check)
    this.#rules.write?.(operation, path)
  }
}
