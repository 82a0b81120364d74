import {
  anything,
  encrypted,
  type Entry,
  type Filesystem,
  formatVersion,
  Keyring,
  MemoryFilesystem,
  replacing,
  systemRuntime,
} from '@latchless/filesystem'
import { BudgetStore, Tree, TREE_PATH, UNLIMITED } from '@latchless/resources'
import { expect, onTestFinished, test } from 'vitest'
import { diagnose, fillStore, findings, textsOf } from './doctor-subject.ts'

const DAY_MS = 24 * 60 * 60 * 1000

async function memory(): Promise<Filesystem> {
  const store = await MemoryFilesystem.open({})
  onTestFinished(() => store.close())
  return store
}

function json(value: unknown, entry: Partial<Entry> = {}): Entry {
  return { body: Buffer.from(JSON.stringify(value)), contentType: 'application/json', ...entry }
}

test('versions.intact: a record that fails its check is named, and the others are looked at', async () => {
  const store = await memory()
  await store.put('/a', json(1, { kind: 'order' }), anything)
  await store.put('/c', json(1, { kind: 'order' }), anything)
  const { FilesystemError } = await import('@latchless/filesystem')
  const failing = replacing(store, {
    list: async (prefix, options) => {
      if (!options?.after) return { items: (await store.list(prefix, options)).items.slice(0, 1), next: { path: '/a' } }
      throw new FilesystemError('unavailable', 'Cannot list "/": the server went away')
    },
  })
  const diagnosis = await diagnose(failing, { only: 'versions.*' })
  expect(diagnosis['versions.intact']).toMatchObject({ status: 'fail' })
  expect(textsOf(diagnosis, 'versions.intact')).toEqual([expect.stringContaining('the server went away')])
  expect(diagnosis['versions.contiguous']).toMatchObject({ status: 'skip', summary: 'the walk ended after 1 records' })
})

test('versions.head: a history that does not begin with the head', async () => {
  const store = await memory()
  for (let n = 1; n <= 4; n++) await store.put('/orders/o1', json(n), anything)
  const wrong = replacing(store, {
    history: async (path, options) => {
      const { versions } = await store.history(path, options)
      return { versions: versions.slice(1) }
    },
  })
  const diagnosis = await diagnose(wrong)
  expect(findings(diagnosis)).toEqual(['versions.head: fail'])
  expect(textsOf(diagnosis, 'versions.head')).toEqual(['/orders/o1: the head is v4, its history begins with v3'])
})

test('versions.head: versions that are not in their order', async () => {
  const store = await memory()
  for (let n = 1; n <= 3; n++) await store.put('/orders/o1', json(n), anything)
  const wrong = replacing(store, {
    history: async (path, options) => {
      const [first, ...others] = (await store.history(path, options)).versions
      return { versions: first ? [first, ...others, ...others.slice(0, 1)] : [] }
    },
  })
  expect(textsOf(await diagnose(wrong), 'versions.head')).toEqual(['/orders/o1: v2 behind v1'])
})

test('versions.generation: a version of another generation than the head', async () => {
  const store = await memory()
  for (let n = 1; n <= 3; n++) await store.put('/orders/o1', json(n), anything)
  const wrong = replacing(store, {
    history: async (path, options) => {
      const { versions } = await store.history(path, options)
      return {
        versions: versions.map((head, at) =>
          at < 2 ? head : { ...head, info: { ...head.info, version: formatVersion(1, '0123456789abcdef') } },
        ),
      }
    },
  })
  const diagnosis = await diagnose(wrong)
  expect(findings(diagnosis)).toEqual(['versions.generation: fail'])
  expect(diagnosis['versions.generation']?.details).toEqual([
    { text: 'v1 is of generation 0123456789abcdef', path: '/orders/o1', version: 1 },
  ])
})

test('records.parse: a body that is not of its kind, without its content', async () => {
  const store = await memory()
  await store.put('/leases/l1', json({ id: 'hunter2' }, { kind: 'capability_lease' }), anything)
  await store.put('/leases/l2', { ...json(1, { kind: 'capability_lease' }), body: Buffer.of(0xff) }, anything)
  const diagnosis = await diagnose(store)
  expect(findings(diagnosis)).toEqual(['records.parse: fail'])
  expect(diagnosis['records.parse']).toMatchObject({
    summary: '2 records of 2 of known kinds cannot be read',
    next: ['inspector --store a-store cat /leases/l1 --pretty'],
  })
  expect(JSON.stringify(diagnosis)).not.toContain('hunter2')
})

test('records.schema: a record that a newer program wrote', async () => {
  const store = await memory()
  await store.put('/leases/l1', json({}, { kind: 'capability_lease', schemaVersion: 9 }), anything)
  const diagnosis = await diagnose(store)
  expect(findings(diagnosis)).toEqual(['records.schema: warn'])
  expect(textsOf(diagnosis, 'records.schema')).toEqual([expect.stringMatching(/its schemaVersion is 9/)])
})

test('records.kinds: a stranger among the records of a store, and one of its own outside', async () => {
  const store = await memory()
  await fillStore(store)
  await store.put('/approvals/stranger', json({}, { kind: 'order' }), anything)
  const lease = (await store.list('/leases', { bodies: true })).items[0]?.head?.entry
  if (lease) await store.put('/elsewhere/l1', lease, anything)
  await store.put('/orders/o1', json({}, { kind: 'order' }), anything)
  const diagnosis = await diagnose(store)
  expect(findings(diagnosis)).toEqual(['records.kinds: warn'])
  expect(textsOf(diagnosis, 'records.kinds')).toEqual([
    '/elsewhere/l1: a record of kind capability_lease outside of a directory /leases',
    '/approvals/stranger: its kind is order, beside records of kind approval',
  ])
})

test('records.size: a body near the limit', async () => {
  const store = await memory()
  await store.put('/big', { body: Buffer.alloc(1_000_000), contentType: 'application/octet-stream' }, anything)
  expect(textsOf(await diagnose(store), 'records.size')).toEqual(['/big: 1000000 bytes, 95 % of the limit'])
})

test('records.names: a path and a writer with hidden characters', async () => {
  const store = await memory()
  const writer = { service: 'api\u202e', host: 'h\u001b[2J', pid: 1 }
  await store.put('/pay\u200bments', json(1), anything, { writer })
  const diagnosis = await diagnose(store)
  expect(findings(diagnosis)).toEqual(['records.names: warn'])
  expect(diagnosis['records.names']?.details.map(({ text }) => text)).toEqual([
    'its path is shown as /pay\\u{200b}ments',
    'its writer is shown as api\\u{202e}@h\\x1b[2J:1',
  ])
})

test('secrets.keys: sealed bodies are told by their key, and a body in the clear beside them is found', async () => {
  const store = await memory()
  const keyring = new Keyring({ active: 'k1', keys: { k1: Keyring.generateKey() } })
  const sealed = encrypted(store, keyring)
  await sealed.put('/secrets/s1', json({ password: 'hunter2' }, { kind: 'approval' }), { type: 'unwritten' })
  const healthy = await diagnose(store)
  expect(findings(healthy)).toEqual(['records.kinds: warn'])
  expect(healthy['secrets.keys']?.summary).toMatch(/^sealed: 1 under k1;/)
  await store.put('/secrets/s2', json({}), anything)
  const diagnosis = await diagnose(store)
  expect(textsOf(diagnosis, 'secrets.keys')).toEqual(['/secrets/s2: in the clear, beside sealed records'])
})

test('index.derived: index tuples that are not those of the kind', async () => {
  const store = await memory()
  await fillStore(store)
  const [item] = (await store.list('/approvals', { bodies: true })).items
  const entry = item?.head?.entry
  if (!item || !entry) throw new Error('Cannot plant the fault: there is no approval')
  const { overdue, byScope = [], ...others } = entry.tuples ?? {}
  await store.put(item.path, { ...entry, tuples: { ...others, overdue: [1], foreign: byScope } }, anything)
  const diagnosis = await diagnose(store)
  expect(overdue).toBeDefined()
  expect(findings(diagnosis)).toEqual(['index.derived: warn'])
  expect(textsOf(diagnosis, 'index.derived')).toEqual([
    `${item.path}: index byScope lacks its tuple`,
    `${item.path}: index foreign has a tuple that the kind does not give`,
    `${item.path}: index overdue has another tuple`,
  ])
  expect(diagnosis['index.derived']?.likelyCause).toContain('rebuildIndex()')
})

test('index.rows: a record that its index does not lead to', async () => {
  const store = await memory()
  await fillStore(store)
  const blind = replacing(store, {
    query: async (collection, index, options) => {
      const page = await store.query(collection, index, options)
      return index === 'overdue' ? { items: [] } : page
    },
  })
  const diagnosis = await diagnose(blind)
  expect(findings(diagnosis)).toEqual(['index.rows: fail'])
  expect(textsOf(diagnosis, 'index.rows')).toEqual([expect.stringMatching(/a1: index overdue has no row of it$/)])
})

test('clock.skew: a writer that is ahead, and one that is behind another', async () => {
  let wallMs = Date.UTC(2026, 0, 1)
  const store = await MemoryFilesystem.open({ runtime: { ...systemRuntime, wallMs: () => wallMs } })
  onTestFinished(() => store.close())
  const nowMs = wallMs + DAY_MS
  await store.put('/a', json(1), anything, { writer: { service: 'api', host: 'one', pid: 1 } })
  wallMs -= 90_000
  await store.put('/a', json(2), anything, { writer: { service: 'api', host: 'slow', pid: 2 } })
  wallMs += 3 * DAY_MS
  await store.put('/b', json(1), anything, { writer: { service: 'api', host: 'fast', pid: 3 } })
  const diagnosis = await diagnose(store, { nowMs })
  expect(findings(diagnosis)).toEqual(['clock.skew: warn'])
  expect(textsOf(diagnosis, 'clock.skew')).toEqual([
    '/b: api@fast:3 is 1 d 23 h ahead of this machine',
    '/a: api@slow:2 is 1 min 30 s behind api@one:1, whose version came before',
  ])
  expect(diagnosis['clock.skew']?.details[1]?.version).toBe(2)
})

test('retention.lag: more versions than the kind keeps', async () => {
  const store = await memory()
  await fillStore(store)
  const [lease] = (await store.list('/leases', { bodies: true })).items
  const entry = lease?.head?.entry
  if (!entry) throw new Error('Cannot plant the fault: there is no lease')
  for (let n = 0; n < 20; n++) await store.put(lease.path, entry, anything, { keepVersions: 100 })
  const diagnosis = await diagnose(store)
  expect(findings(diagnosis)).toEqual(['retention.lag: warn'])
  expect(textsOf(diagnosis, 'retention.lag')).toEqual([`${lease.path}: 20 superseded versions, its kind keeps 16`])
})

test('tombstones: some that should be forgotten', async () => {
  const store = await memory()
  await store.put('/gone', json(1), anything)
  await store.delete('/gone', anything)
  expect(findings(await diagnose(store))).toEqual([])
  const diagnosis = await diagnose(store, { nowMs: Date.now() + 3 * DAY_MS })
  expect(findings(diagnosis)).toEqual(['tombstones: warn'])
  expect(textsOf(diagnosis, 'tombstones')).toEqual([expect.stringMatching(/^\/gone: deleted 3 d/)])
})

test('budgets.tree: a tree that was put together by hand', async () => {
  const store = await memory()
  await fillStore(store)
  const head = await store.get(TREE_PATH)
  if (head.state !== 'live') throw new Error('Cannot plant the fault: there is no tree')
  const tree = Tree.decode(head.entry, TREE_PATH)
  const [hold] = tree.open
  if (!hold) throw new Error('Cannot plant the fault: nothing is reserved')
  const damaged = { ...tree, open: [hold, hold], pending: ['{"number":99}', 'none'] }
  await store.put(TREE_PATH, Tree.encode(damaged), anything)
  const diagnosis = await diagnose(store, { only: 'budgets.tree' })
  expect(diagnosis['budgets.tree']?.status).toBe('fail')
  const next = tree.drained + 1
  expect(diagnosis['budgets.tree']?.details.map(({ text }) => text)).toEqual([
    'reservation r1 is open twice',
    `waiting event 1 has the number 99, not ${next}`,
    `waiting event 2 has the number of none, not ${next + 1}`,
  ])
})

test('budgets.reservations: one that is open and closed at once, and one that nobody swept', async () => {
  const store = await memory()
  await fillStore(store)
  const before = await store.get(TREE_PATH)
  const budgets = new BudgetStore(store)
  await budgets.release('r1')
  await budgets.sweep()
  if (before.state !== 'live') throw new Error('Cannot plant the fault: there is no tree')
  await store.put(TREE_PATH, before.entry, anything)
  const diagnosis = await diagnose(store)
  expect(textsOf(diagnosis, 'budgets.reservations')).toEqual([
    '/budgets/tree: reservation r1 is open here and released in /budgets/reservations/r1',
  ])
  const later = await diagnose(store, { only: 'budgets.reservations', nowMs: Date.now() + DAY_MS })
  expect(textsOf(later, 'budgets.reservations')).toEqual([
    expect.stringMatching(/reservation r1 is over since 23 h \d+ min and still in the tree$/),
  ])
})

test('budgets.overdrawn: an account beyond its limit', async () => {
  const store = await memory()
  await fillStore(store)
  const limits = { max: { ...UNLIMITED, usdMicros: 10 }, period: { type: 'lifetime' } } as const
  await new BudgetStore(store).setLimits({}, limits)
  const diagnosis = await diagnose(store)
  expect(findings(diagnosis)).toEqual(['budgets.overdrawn: warn'])
  expect(textsOf(diagnosis, 'budgets.overdrawn')).toEqual(['/budgets/tree: tenant: $1.00 of $0.00001 money'])
})

test('approvals, gates and leases that are over and that nobody swept', async () => {
  const store = await memory()
  await fillStore(store)
  const diagnosis = await diagnose(store, { nowMs: Date.now() + 40 * DAY_MS })
  expect(findings(diagnosis)).toEqual([
    'budgets.reservations: warn',
    'budgets.gates: warn',
    'approvals.overdue: warn',
    'leases.expired: warn',
  ])
  expect(textsOf(diagnosis, 'approvals.overdue')).toEqual([
    expect.stringMatching(/a1: over since 39 d 23 h, still pending$/),
  ])
  expect(textsOf(diagnosis, 'leases.expired')).toEqual([expect.stringMatching(/: active, over since 39 d 23 h$/)])
})

test('approvals.standing: an approval whose second half was never done', async () => {
  const store = await memory()
  const now = Date.now() - DAY_MS
  await fillStore(store, () => now)
  const [, item] = (await store.list('/approvals', { bodies: true })).items
  const entry = item?.head?.entry
  if (!entry) throw new Error('Cannot plant the fault: there is no second approval')
  const approval: { standing: { recordedAt?: number } } = JSON.parse(Buffer.from(entry.body).toString())
  delete approval.standing.recordedAt
  const tuples = { ...entry.tuples, unrecorded: [now] }
  await store.put(item.path, { ...entry, body: Buffer.from(JSON.stringify(approval)), tuples }, anything)
  const diagnosis = await diagnose(store)
  expect(textsOf(diagnosis, 'approvals.standing')).toEqual([
    `${item.path}: approved 1 d ago, not recorded as standing yet`,
  ])
})

test('invocations.blocked: an invocation that waits for a request that is not there', async () => {
  const store = await memory()
  const now = Date.now() - 60 * 60_000
  await fillStore(store, () => now)
  const paths = (await store.list('/approvals')).items.map(({ path }) => path)
  const blocking = paths.find((path) => path.endsWith('.a1')) ?? ''
  expect(findings(await diagnose(store, { only: 'invocations.*' }))).toEqual([])
  await store.delete(blocking, anything)
  const diagnosis = await diagnose(store, { only: 'invocations.*' })
  expect(textsOf(diagnosis, 'invocations.blocked')).toEqual([
    expect.stringContaining(`waits since 1 h for ${blocking}, which is not there`),
  ])
})

test('cas.probe: a store that ignores preconditions', async () => {
  const store = await memory()
  const blind = replacing(store, {
    put: async (path, entry, _expect, options) => store.put(path, entry, anything, options),
  })
  const diagnosis = await diagnose(blind, { writable: true, only: 'cas.*' })
  expect(findings(diagnosis)).toEqual(['cas.probe: fail'])
  expect(textsOf(diagnosis, 'cas.probe')).toContainEqual(expect.stringMatching(/^create-on-existing: /))
})
