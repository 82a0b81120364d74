import { defineRecord } from '@latchless/filesystem'
import { z } from 'zod'

/** A record that says something. */
export const Note = defineRecord({ kind: 'note', schema: z.strictObject({ text: z.string() }) })
/** The same record, written without keeping what it said before. */
export const ForgetfulNote = defineRecord({
  kind: 'note',
  schema: z.strictObject({ text: z.string() }),
  keepVersions: 0,
})
