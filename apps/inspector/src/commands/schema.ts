import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { jsonText } from '../output/json-text.ts'

/** Prints the JSON Schema of one output, or the names of all. */
export async function schema(context: Context, name: string | undefined): Promise<ExitCode> {
  const [{ toJSONSchema }, { outputSchemas }] = await Promise.all([import('zod'), import('../output/schemas.ts')])
  const names = Object.keys(outputSchemas)
  if (name === undefined) {
    await context.print(context.json ? `${jsonText(names)}\n` : names.map((known) => `${known}\n`).join(''))
    return EXIT.ok
  }
  const found = Object.entries(outputSchemas).find(([known]) => known === name)
  if (!found) {
    throw new InspectorError(
      'usage',
      `Cannot print schema ${JSON.stringify(name)}: there is none`,
      `known: ${names.join(', ')}`,
    )
  }
  await context.print(`${jsonText(toJSONSchema(found[1]), context.json ? undefined : 2)}\n`)
  return EXIT.ok
}
