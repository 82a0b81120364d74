import * as z from 'zod'

/** A name has no colon, so it is never taken for a URL, and nothing that a shell would read as more than a word. */
const name = z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'a name is made of letters, digits, ".", "_" and "-"')

/** What a configuration file holds. */
export const configurationSchema = z.strictObject({
  stores: z
    .record(
      name,
      z.strictObject({
        url: z.string().min(1).describe('a relative path in it counts from the directory of this file'),
        label: z.string().max(100).optional().describe('what people should know about the store'),
        readOnly: z.boolean().optional().describe('refuse --write'),
      }),
    )
    .optional(),
  default: name.optional().describe('the store of a command that names none'),
})
