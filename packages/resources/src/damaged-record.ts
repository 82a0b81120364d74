import { z } from 'zod'
import { BudgetError } from './errors.ts'

/** A record beside the tree that cannot be read, or not be written, and so was not told how its reservation or gate ended. */
export interface DamagedRecord {
  readonly type: 'reservation' | 'gate'
  readonly id: string
  readonly code: string
}

export const damagedRecordSchema: z.ZodType<DamagedRecord, DamagedRecord> = z.strictObject({
  type: z.enum(['reservation', 'gate']),
  id: z.string().min(1),
  code: z.string().min(1),
})

/** What is wrong with one record for good, and says nothing of the others. */
const DAMAGES: ReadonlySet<string> = new Set(['corrupt', 'schema-too-new', 'too-large'])

/** The code of an error over one record that says nothing of the others; `undefined` for any other error. */
export function damageOf(error: unknown): string | undefined {
  return error instanceof BudgetError && DAMAGES.has(error.code) ? error.code : undefined
}
