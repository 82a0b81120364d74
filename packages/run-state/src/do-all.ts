/**
 * Does every piece of work, one after the other, whatever becomes of those before it. Throws the first failure in the end.
 */
export async function doAll<T extends readonly unknown[]>(
  ...works: { readonly [K in keyof T]: () => Promise<T[K]> }
): Promise<T> {
  const done: unknown[] = []
  const failures: unknown[] = []
  for (const work of works) {
    try {
      done.push(await work())
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return done as unknown as T
}
