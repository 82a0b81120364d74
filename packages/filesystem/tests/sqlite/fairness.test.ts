import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from './fixture.ts'
import { runWriters } from './writers-run.ts'

test.each(['disk', 'process'] as const)(
  'Durability %s: of four processes that write all the time none starves',
  async (durability) => {
    const path = join(await temporaryDirectory(), 'store.db')
    const reports = await runWriters({ path, seconds: 2, processes: 4, writers: 4, paths: 16, durability })
    const counts = reports.map(({ writes }) => writes)
    // Without turns it is a few percent.
    expect(Math.min(...counts) / Math.max(...counts)).toBeGreaterThan(0.4)
  },
)
