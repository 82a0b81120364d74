import type { CasUpdateResult, Filesystem, StoreAct, StoreErrorDetails, StoreOptions } from '@latchless/filesystem'
import { defineRecord, MemoryFilesystem, StoreError, StoreRecords, write } from '@latchless/filesystem'
import { z } from 'zod'

const schema = z.strictObject({ id: z.string(), owner: z.string(), weight: z.int() })
export type Parcel = z.infer<typeof schema>

/** A record type with an index, as stores have them. */
export const Parcel = defineRecord<Parcel>({
  kind: 'parcel',
  schema,
  indexes: {
    byOwner: ({ owner, weight }) => [owner, weight],
    heavy: ({ weight }) => (weight > 10 ? [weight] : undefined),
  },
})

/** The error class of the store that the tests make up; its one code of its own is `sent`. */
export class ParcelError extends StoreError<'sent'> {
  static {
    this.prototype.name = 'ParcelError'
  }
}

export const settings = {
  store: 'parcels',
  roots: ['/parcels'],
  fail: (code: ParcelError['code'], message: string, details: StoreErrorDetails) =>
    new ParcelError(code, message, details),
}

export const act: StoreAct = { operation: 'weigh', id: 'p1' }
export const PARCEL = '/parcels/p1'

export async function openRecords(
  filesystem?: Filesystem,
  options?: StoreOptions,
): Promise<{ filesystem: Filesystem; records: StoreRecords<'sent'> }> {
  const opened = filesystem ?? (await MemoryFilesystem.open())
  return { filesystem: opened, records: new StoreRecords(opened, settings, options) }
}

export async function save(
  records: StoreRecords<'sent'>,
  parcel: Partial<Parcel> = {},
): Promise<CasUpdateResult<Parcel, undefined>> {
  const next = { id: 'p1', owner: 'ann', weight: 1, ...parcel }
  return records.update({ operation: 'save', id: next.id }, `/parcels/${next.id}`, Parcel, () => write(next))
}

/** What a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`Cannot take the failure: it resolved with ${JSON.stringify(value)}`)
    },
    (error: unknown) => error,
  )
}
