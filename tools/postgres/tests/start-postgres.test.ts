import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { PostgresServer } from '@latchless/postgres-server'
import { startPostgres } from '@latchless/postgres-server'
import { execaNode } from 'execa'
import { expect, test } from 'vitest'
import { connectTo } from './server.ts'

const owner = fileURLToPath(new URL('./owner.ts', import.meta.url))

async function setting(url: string, name: string): Promise<unknown> {
  await using client = await connectTo(url)
  const { rows } = await client.query('SELECT current_setting($1) AS value', [name])
  return rows[0].value
}

async function answers(url: string): Promise<boolean> {
  try {
    await using client = await connectTo(url)
    await client.query('SELECT 1')
    return true
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ECONNREFUSED')
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function startInChild() {
  const child = execaNode(owner, { nodeOptions: process.execArgv, reject: false, stdin: 'pipe', ipc: true })
  const server = (await child.getOneMessage()) as Pick<PostgresServer, 'url' | 'pid' | 'keeperPid' | 'directory'>
  return { child, server }
}

test('startPostgres() starts PostgreSQL 18 that answers a commit without waiting for the disk', async () => {
  await using server = await startPostgres()
  expect(await setting(server.url, 'server_version')).toMatch(/^18\./)
  expect(await setting(server.url, 'fsync')).toBe('off')
  expect(await setting(server.url, 'synchronous_commit')).toBe('on')
  expect(await setting(server.url, 'max_connections')).toBe('200')
  expect(await setting(server.url, 'server_encoding')).toBe('UTF8')
})

test('startPostgres() starts a server that waits for the disk when it is asked to', async () => {
  await using server = await startPostgres({ durable: true })
  expect(await setting(server.url, 'fsync')).toBe('on')
  expect(await setting(server.url, 'full_page_writes')).toBe('on')
})

test('startPostgres() starts a server with other settings, also those that are read at the start only', async () => {
  await using server = await startPostgres({ settings: { max_connections: '30', max_prepared_transactions: '2' } })
  expect(await setting(server.url, 'max_connections')).toBe('30')
  expect(await setting(server.url, 'max_prepared_transactions')).toBe('2')
})

test('startPostgres() listens on the loopback interface only, and refuses a wrong password', async () => {
  await using server = await startPostgres()
  expect(await setting(server.url, 'listen_addresses')).toBe('127.0.0.1')
  expect(await setting(server.url, 'unix_socket_directories')).toBe('')
  const wrong = new URL(server.url)
  wrong.password = 'wrong'
  await expect(connectTo(wrong.href)).rejects.toMatchObject({ code: '28P01' })
})

test('close() ends the server and removes its directory, and may be called twice', async () => {
  const server = await startPostgres()
  expect(existsSync(server.directory)).toBe(true)
  await using client = await connectTo(server.url)
  const lost = new Promise((resolve) => client.once('end', resolve))
  await server.close()
  await lost
  expect(await answers(server.url)).toBe(false)
  expect(existsSync(server.directory)).toBe(false)
  await server.close()
})

test('several servers run at once', async () => {
  const servers = await Promise.all([startPostgres(), startPostgres()])
  expect(await Promise.all(servers.map(({ url }) => answers(url)))).toEqual([true, true])
  await Promise.all(servers.map((server) => server.close()))
})

test('a server ends and its directory goes when the process that started it is killed', async () => {
  const { child, server } = await startInChild()
  expect(await answers(server.url)).toBe(true)
  child.kill('SIGKILL')
  await child
  await expect.poll(() => answers(server.url), { timeout: 20_000 }).toBe(false)
  await expect.poll(() => existsSync(server.directory), { timeout: 20_000 }).toBe(false)
  await expect.poll(() => isAlive(server.keeperPid), { timeout: 20_000 }).toBe(false)
})

test('the next start ends a server whose keeper was killed, and leaves other servers alone', async () => {
  await using other = await startPostgres()
  const { child, server } = await startInChild()
  process.kill(server.keeperPid, 'SIGKILL')
  await expect.poll(() => isAlive(server.keeperPid), { timeout: 20_000 }).toBe(false)
  expect(await answers(server.url)).toBe(true)
  await using next = await startPostgres()
  expect(await answers(server.url)).toBe(false)
  expect(existsSync(server.directory)).toBe(false)
  expect(await answers(other.url)).toBe(true)
  expect(await answers(next.url)).toBe(true)
  child.kill('SIGKILL')
  await child
})

test('a process that forgets to close its server can still end', async () => {
  const { child, server } = await startInChild()
  child.stdin.end()
  const { exitCode } = await child
  expect(exitCode).toBe(0)
  await expect.poll(() => existsSync(server.directory), { timeout: 20_000 }).toBe(false)
})

test('startPostgres() tells why it failed', async () => {
  const child = await execaNode(owner, {
    nodeOptions: process.execArgv,
    reject: false,
    env: { TMPDIR: '/nowhere' },
  })
  expect(child.exitCode).not.toBe(0)
  expect(child.stderr).toContain('Cannot start PostgreSQL')
  expect(child.stderr).toContain('/nowhere')
})
