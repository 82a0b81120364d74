// A process that works on the budget of a store until it is done, or until it is killed.
import { openFilesystem } from '@latchless/filesystem'
import { BudgetStore } from '@latchless/resources'
import { keepingHistory, used } from './budgets.ts'

/** What a process tells its parent. */
export type Told = { readonly type: 'reserved' | 'reconciled'; readonly id: string } | { readonly type: 'done' }

const [url = '', name = '', role = 'worker'] = process.argv.slice(2)
const tell = (message: Told) => process.send?.(message)

const filesystem = await openFilesystem(url)
const budgets = new BudgetStore(keepingHistory(filesystem))
for (let round = 0; round < 10; round++) {
  const id = `${name}-${round}`
  const { decision } = await budgets.reserve({ user: name }, { usdMicros: 3 }, { id })
  if (decision !== 'granted') continue
  tell({ type: 'reserved', id })
  // A victim holds what it has got and goes on to the next: it is killed in the middle of that.
  if (role === 'victim') continue
  await budgets.reconcile(id, used(2))
  tell({ type: 'reconciled', id })
}
tell({ type: 'done' })
if (role === 'victim') {
  // A victim that was faster than its killer waits for it.
  await new Promise<void>((resolve) => process.once('disconnect', resolve))
}
await filesystem.close()
process.disconnect?.()
