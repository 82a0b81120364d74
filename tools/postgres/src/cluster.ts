import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import type { Programs } from './programs.ts'
import { dataDirectory } from './server-directory.ts'

export interface ClusterOptions {
  /** Whether a commit waits for the disk. Without it a server is faster, and lost when the machine goes down. */
  readonly durable: boolean
  /** Beside and above those that every server of ours has. */
  readonly settings: Readonly<Record<string, string>>
}

/** One running PostgreSQL with its data in a directory of its own. */
export interface Cluster {
  readonly url: string
  readonly pid: number
  /** Settles when the server has ended, by itself or not. */
  readonly ended: Promise<unknown>
  stop(): Promise<void>
}

const READY = 'database system is ready to accept connections'
const PORT_TAKEN = 'could not bind'
const PORT_ATTEMPTS = 5
const STOP_MS = 10_000
// Nothing of the caller's environment reaches the server, whose behaviour must be the same on every machine.
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: process.env['PATH'] ?? '' }

/** Makes a new database cluster in `directory` and starts a server on it. */
export async function startCluster(directory: string, programs: Programs, options: ClusterOptions): Promise<Cluster> {
  // The server's user has to pass through; the data directory below is closed to others.
  await chmod(directory, 0o711)
  const password = randomBytes(18).toString('base64url')
  await initialise(directory, programs, password, options)
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const log = join(directory, `server.${attempt}.log`)
    const server = await launch(directory, programs, port, log)
    if (server !== undefined) return clusterOf(server, `postgres://postgres:${password}@127.0.0.1:${port}/postgres`)
    const text = await readFile(log, 'utf8')
    // Somebody else took the port between our look and the server's.
    if (attempt < PORT_ATTEMPTS && text.includes(PORT_TAKEN)) continue
    throw new Error(`Cannot start PostgreSQL: it ended with this log\n${text}`)
  }
}

async function initialise(directory: string, programs: Programs, password: string, options: ClusterOptions) {
  const data = dataDirectory(directory)
  const passwordFile = join(directory, 'password')
  await mkdir(data, { mode: 0o700 })
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (programs.user !== undefined) {
    await chown(data, programs.user.uid, programs.user.gid)
    await chown(passwordFile, programs.user.uid, programs.user.gid)
  }
  const settings = Object.entries(settingsFor(options)).map(([name, value]) => `--set=${name}=${value}`)
  const fixed = ['--username=postgres', '--auth=scram-sha-256', '--locale=C', '--encoding=UTF8', '--no-instructions']
  const run = await execa(
    programs.initdb,
    [`--pgdata=${data}`, `--pwfile=${passwordFile}`, '--no-sync', ...fixed, ...settings],
    { ...programs.user, cwd: directory, env: ENVIRONMENT, extendEnv: false, all: true, reject: false },
  )
  await rm(passwordFile)
  if (run.failed) throw new Error(`Cannot start PostgreSQL: initdb failed with\n${run.shortMessage}\n${run.all}`)
}

function settingsFor({ durable, settings }: ClusterOptions): Record<string, string> {
  const disk = durable ? 'on' : 'off'
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A commit is still answered only after it is written; what is saved is the wait for the device.
    synchronous_commit: 'on',
    fsync: disk,
    full_page_writes: disk,
    autovacuum: 'on',
    ...settings,
  }
}

/** Resolves with the process once it accepts connections, or with `undefined` when it ended before that. */
async function launch(directory: string, { postgres, user }: Programs, port: number, log: string) {
  const server = spawn(postgres, ['-D', dataDirectory(directory), '-p', String(port)], {
    ...user,
    cwd: directory,
    env: ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const file = createWriteStream(log)
  server.stderr.pipe(file)
  const ready = new Promise<true>((resolve) => {
    createInterface(server.stderr).on('line', (line) => {
      if (line.includes(READY)) resolve(true)
    })
  })
  const started = await Promise.race([ready, once(server, 'close')])
  if (started === true) return server
  if (!file.closed) await once(file, 'close')
  return undefined
}

function clusterOf(server: ChildProcess, url: string): Cluster {
  const ended = once(server, 'close')
  return {
    url,
    pid: server.pid ?? 0,
    ended,
    async stop() {
      // Its data are about to be removed, so it need not write them out first.
      server.kill('SIGQUIT')
      const stuck = setTimeout(() => server.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(stuck)
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('Cannot find a free port: no address was given')
  return address.port
}
