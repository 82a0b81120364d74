import { once } from 'node:events'
import { connect } from 'node:net'
import type { FaultProxy } from '@latchless/postgres-server'
import { freshDatabase, onStatement, startFaultProxy, withProbability } from '@latchless/postgres-server'
import type pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectTo, serverUrl } from './server.ts'

const INSERT = /^INSERT/
const SLEEPING = "SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'"
const LOST = /ECONNRESET|Connection terminated|socket hang up/

let database: Awaited<ReturnType<typeof freshDatabase>>
let direct: Awaited<ReturnType<typeof connectTo>>
let faults: FaultProxy

beforeEach(async () => {
  database = await freshDatabase(serverUrl())
  direct = await connectTo(database.url)
  await direct.query('CREATE TABLE records (path text)')
  faults = await startFaultProxy(database.url)
})

afterEach(async () => {
  await faults.close()
  await direct.end()
  await database.close()
})

async function insert(client: pg.Client, path: string): Promise<unknown> {
  return client.query('INSERT INTO records VALUES ($1)', [path])
}

/** The result or the error of something that ends later, seen from its beginning on. */
async function outcome(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => error)
}

/** What the server told the client about its process; the types of `pg` leave it out. */
function backend(client: pg.Client): { pid: number; key: number } {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number }
  return { pid: processID, key: secretKey }
}

async function paths(client: pg.Client = direct): Promise<string[]> {
  const { rows } = await client.query('SELECT path FROM records ORDER BY path')
  return rows.map(({ path }) => path)
}

test('a proxy without faults changes nothing', async () => {
  await using client = await connectTo(faults.url)
  await insert(client, '/a')
  const large = 'x'.repeat(3_000_000)
  const { rows } = await client.query({ name: 'echo', text: 'SELECT $1::text AS text' }, [large])
  expect(rows[0].text === large).toBe(true)
  await expect(client.query('SELEKT')).rejects.toMatchObject({ code: '42601' })
  expect(await paths(client)).toEqual(['/a'])
  expect(faults.counts).toMatchObject({ connections: 1, requests: 4, cutBefore: 0, cutAfter: 0 })
})

test('a request that is cut before never reaches the server', async () => {
  await using client = await connectTo(faults.url)
  const { pid } = backend(client)
  faults.inject(onStatement(INSERT, { kind: 'cut-before' }))
  await expect(insert(client, '/a')).rejects.toThrow(LOST)
  expect(faults.counts.cutBefore).toBe(1)
  // Once its process is gone, nothing of it can arrive late.
  await expect
    .poll(async () => (await direct.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).rowCount)
    .toBe(0)
  expect(await paths()).toEqual([])
})

test('a request that is cut after is executed although the client sees an error', async () => {
  await using client = await connectTo(faults.url)
  faults.inject(onStatement(INSERT, { kind: 'cut-after' }))
  await expect(insert(client, '/a')).rejects.toThrow(LOST)
  expect(faults.counts.cutAfter).toBe(1)
  expect(await paths()).toEqual(['/a'])
})

test('a commit that is cut before is rolled back, and one that is cut after is kept', async () => {
  faults.inject(onStatement(/^COMMIT/, { kind: 'cut-before' }))
  for (const path of ['/before', '/after']) {
    await using client = await connectTo(faults.url)
    await client.query('BEGIN')
    await insert(client, path)
    await expect(client.query('COMMIT')).rejects.toThrow(LOST)
    faults.inject(onStatement(/^COMMIT/, { kind: 'cut-after' }))
  }
  expect(faults.counts).toMatchObject({ cutBefore: 1, cutAfter: 1 })
  expect(await paths()).toEqual(['/after'])
})

test('a fault hits only as many requests as it is for, and none after its rule is removed', async () => {
  const remove = faults.inject(onStatement(INSERT, { kind: 'cut-after' }, 2))
  for (const path of ['/a', '/b']) {
    await using client = await connectTo(faults.url)
    await expect(insert(client, path)).rejects.toThrow(LOST)
  }
  await using client = await connectTo(faults.url)
  await insert(client, '/c')
  remove()
  const removeAll = faults.inject(() => ({ kind: 'cut-before' }))
  removeAll()
  await insert(client, '/d')
  expect(await paths()).toEqual(['/a', '/b', '/c', '/d'])
})

test('a rule sees the statement of a prepared statement each time that it is executed', async () => {
  await using client = await connectTo(faults.url)
  const seen: unknown[] = []
  faults.inject(({ statements, connection, number }) => {
    seen.push([...statements, connection, number])
    return undefined
  })
  const add = { name: 'add', text: 'INSERT INTO records VALUES ($1)' }
  await client.query(add, ['/a'])
  await client.query(add, ['/b'])
  await client.query('SELECT 1; SELECT 2')
  expect(seen).toEqual([
    [add.text, 1, 1],
    [add.text, 1, 2],
    ['SELECT 1; SELECT 2', 1, 3],
  ])
})

test('a delayed answer is told when the test says so, and the request has long been executed', async () => {
  await using client = await connectTo(faults.url)
  const { promise: until, resolve: release } = Promise.withResolvers<void>()
  faults.inject(onStatement(INSERT, { kind: 'delay', until }))
  let answered = false
  const inserted = insert(client, '/a').then(() => (answered = true))
  await faults.until(({ delayed }) => delayed === 1)
  expect(await paths()).toEqual(['/a'])
  expect(answered).toBe(false)
  release()
  await inserted
})

test('a stalled request reaches the server when the test says so', async () => {
  await using client = await connectTo(faults.url)
  await using other = await connectTo(faults.url)
  const { promise: until, resolve: release } = Promise.withResolvers<void>()
  faults.inject(onStatement(INSERT, { kind: 'stall', until }))
  const inserted = insert(client, '/a')
  await faults.until(({ stalled }) => stalled === 1)
  // The other connection is not stalled.
  expect(await paths(other)).toEqual([])
  release()
  await inserted
  expect(await paths()).toEqual(['/a'])
})

test('a stalled connection is told nothing by the server either, and stays open', async () => {
  await using client = await connectTo(faults.url)
  await client.query('LISTEN news')
  const heard: (string | undefined)[] = []
  const told = new Promise<void>((resolve) => {
    client.on('notification', ({ payload }) => {
      heard.push(payload)
      resolve()
    })
  })
  const release = faults.stall()
  await direct.query("NOTIFY news, 'late'")
  // What is sent on another connection has arrived, so the notification would have as well.
  expect(await paths()).toEqual([])
  expect(heard).toEqual([])
  release()
  await told
  expect(heard).toEqual(['late'])
})

test('refused connections are reset, and accepted again later', async () => {
  await using before = await connectTo(faults.url)
  const accept = faults.refuseConnections()
  await expect(connectTo(faults.url)).rejects.toThrow(LOST)
  // A connection from before is not touched.
  await insert(before, '/a')
  accept()
  await using after = await connectTo(faults.url)
  expect(await paths(after)).toEqual(['/a'])
  expect(faults.counts).toMatchObject({ connections: 3, refusedConnections: 1 })
})

test('dropped connections are reset while nothing is asked on them', async () => {
  await using client = await connectTo(faults.url)
  const lost = new Promise((resolve) => client.once('end', resolve))
  faults.dropConnections()
  await lost
  expect(faults.counts.droppedConnections).toBe(1)
  await using next = await connectTo(faults.url)
  expect(await paths(next)).toEqual([])
})

test('a client behind the proxy sees that the server is gone', async () => {
  await using client = await connectTo(faults.url)
  const lost = new Promise((resolve) => client.once('end', resolve))
  await database.close()
  await lost
  await expect(connectTo(faults.url)).rejects.toMatchObject({ code: '3D000' })
})

test('a request can be cancelled through the proxy', async () => {
  await using client = await connectTo(faults.url)
  const { pid, key } = backend(client)
  const sleeping = outcome(client.query('SELECT pg_sleep(60)'))
  // The server forgets a cancellation of a backend that is idle, so it has to come after the query.
  await expect.poll(async () => (await direct.query(SLEEPING, [pid])).rowCount).toBe(1)
  const cancel = Buffer.alloc(16)
  for (const [at, number] of [16, 80_877_102, pid, key].entries()) cancel.writeInt32BE(number, at * 4)
  const socket = connect(Number(new URL(faults.url).port), '127.0.0.1').resume()
  socket.write(cancel)
  await once(socket, 'close')
  expect(await sleeping).toMatchObject({ code: '57014' })
})

test('close() resets the connections, stalled ones too, and may be called twice', async () => {
  await using client = await connectTo(faults.url)
  faults.stall()
  const inserted = outcome(insert(client, '/a'))
  await faults.close()
  expect(String(await inserted)).toMatch(LOST)
  await faults.close()
  await expect(connectTo(faults.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('faults by probability lose and keep exactly the rows that the counts tell', async () => {
  await using client = await connectTo(faults.url)
  await client.query('SELECT 1')
  faults.inject(withProbability(0.2, 7, { kind: 'cut-before' }, { kind: 'cut-after' }))
  let acknowledged = 0
  for (let number = 0; number < 60; number += 1) {
    await using writer = await connectTo(faults.url)
    await insert(writer, `/${number}`).then(
      () => (acknowledged += 1),
      (error: Error) => expect(error.message).toMatch(LOST),
    )
  }
  const { cutBefore, cutAfter } = faults.counts
  expect(cutBefore).toBeGreaterThan(0)
  expect(cutAfter).toBeGreaterThan(0)
  expect(acknowledged).toBe(60 - cutBefore - cutAfter)
  expect(await paths()).toHaveLength(60 - cutBefore)
})
