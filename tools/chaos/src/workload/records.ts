import { defineRecord } from '@latchless/filesystem'
import { z } from 'zod'
import { INDEX } from './places.ts'

/** More than a path ever gets, see `VERSIONS_PER_PATH`. */
const KEEP_ALL = 900

/** A slot moves on after so many versions of one path. */
export const VERSIONS_PER_PATH = 250

const name = z.string().min(1)

const registerSchema = z.strictObject({ name, shard: z.int(), number: z.int() })
export type Register = Readonly<z.infer<typeof registerSchema>>

/** One value after the other; read, set and deleted in every way there is. */
export const registerType = defineRecord({
  kind: 'chaos_register',
  schema: registerSchema,
  indexes: { [INDEX]: ({ shard, number }) => (shard === 0 ? undefined : [shard, number]) },
  keepVersions: KEEP_ALL,
})

/** The names of the updates that are in it, in their order: what is lost or applied twice is seen. */
export const listType = defineRecord({
  kind: 'chaos_list',
  schema: z.strictObject({ names: z.array(name) }),
  keepVersions: KEEP_ALL,
})

/** A list of which old versions are pruned. */
export const prunedListType = defineRecord({
  kind: 'chaos_list',
  schema: z.strictObject({ names: z.array(name) }),
  keepVersions: 3,
})

/** Money that is moved between records. */
export const accountType = defineRecord({
  kind: 'chaos_account',
  schema: z.strictObject({ balance: z.int() }),
  keepVersions: KEEP_ALL,
})

/** What a transfer writes into the ledger. */
export const transferSchema = z.strictObject({ name, from: z.string(), to: z.string(), amount: z.int().positive() })
export type Transfer = z.infer<typeof transferSchema>
