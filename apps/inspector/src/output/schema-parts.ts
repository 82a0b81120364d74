import * as z from 'zod'

export const writer = z.strictObject({ service: z.string(), host: z.string(), pid: z.int() })

export const update = z.strictObject({ opId: z.string().nullable(), writer: writer.nullable() })

export const versionNumber = z.int().nullable().describe('the sequence, shown as v7; null in a byte-only store')

export const columns = z
  .array(z.string())
  .optional()
  .describe('with --long: what it is about, in a few words; empty when its kind is not known or it cannot be read')
