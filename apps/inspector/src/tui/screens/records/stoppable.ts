/** Does work that a signal stops: what was stopped on purpose has not failed. */
export async function stoppable(signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
