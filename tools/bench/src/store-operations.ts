import type { Filesystem } from '@latchless/filesystem'

/** One operation of a store, such as submit, claim and complete a turn. Each store package adds its own to the list below. */
export interface StoreOperation {
  /** `store/operation`, as it is printed. */
  readonly id: string
  /** Callers at the same time. */
  readonly writers: number
  /** Opens the store and resolves with what does the operation once. `caller` counts from 0. */
  open(filesystem: Filesystem): Promise<(caller: number) => Promise<void>>
}

export const storeOperations: readonly StoreOperation[] = []
