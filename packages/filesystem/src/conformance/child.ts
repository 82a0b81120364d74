/** The program that the kit forks: it opens the store under test, runs one task and reports over the channel. */
import type { Filesystem } from '../filesystem.ts'
import type { ChildMessage, ParentMessage } from './child-protocol.ts'
import { tasks } from './child-tasks.ts'
import { overwriting } from './overwriting.ts'
import { openSubject } from './subject.ts'

let filesystem: Filesystem | undefined
let stopping = false

// A loop must not go on without a parent that counts.
process.once('disconnect', () => process.exit())

process.on('message', (message: ParentMessage) => {
  handle(message).catch((error: unknown) => {
    void tell({ type: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  })
})

async function handle(message: ParentMessage): Promise<void> {
  switch (message.type) {
    case 'open':
      filesystem = overwriting(await openSubject(message.subject, message.options))
      return tell({ type: 'opened' })
    case 'run': {
      if (!filesystem) throw new Error('Cannot run a task: the store is not open yet')
      const task = tasks[message.task] as (...args: unknown[]) => Promise<unknown>
      const result = await task(filesystem, message.argument, {
        acknowledge: () => tell({ type: 'acknowledged' }),
        isStopping: () => stopping,
      })
      await filesystem.close()
      await tell({ type: 'done', result })
      process.disconnect()
      return
    }
    case 'stop':
      stopping = true
  }
}

/** Resolves when the message is in the channel, where even a kill no longer takes it back. */
function tell(message: ChildMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error: Error | null) => (error ? reject(error) : resolve()))
  })
}
