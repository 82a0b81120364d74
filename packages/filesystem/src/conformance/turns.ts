/** Lets everything else in this process go on for some turns of the event loop, without waiting for a time. */
export async function turns(count = 1): Promise<void> {
  for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
}
