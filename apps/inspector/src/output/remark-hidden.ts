import type { Context } from '../context.ts'

/** Tells stderr that a text leaves something out. Beside JSON it says nothing: there the row does. */
export async function remarkHidden(context: Context, hidden: readonly string[] = []): Promise<void> {
  if (hidden.length === 0) return
  const what = hidden.length === 1 ? '1 part is' : `${hidden.length} parts are`
  await context.remark(`${what} not shown, because of secrets: --reveal shows all`)
}
