import type { ChildProcessByStdio } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export interface StartOptions {
  /** Whether a commit waits for the disk, as it has to in production and in measurements; tests go without by default. */
  readonly durable?: boolean
  /** Other settings of the server, which may be those that it reads at its start only. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A server of one's own. It ends with the process that started it, at the latest. */
export interface PostgresServer extends AsyncDisposable {
  /** Names the superuser, its password, the server and the database `postgres`. */
  readonly url: string
  /** The server's process. */
  readonly pid: number
  /** The process that ends the server when this one is gone. */
  readonly keeperPid: number
  /** Everything that the server writes is below this directory, which goes with it. */
  readonly directory: string
  close(): Promise<void>
}

type Keeper = ChildProcessByStdio<Writable, Readable, Readable>

/** Starts a PostgreSQL on a free port of the loopback interface, with its data in a new temporary directory. */
export async function startPostgres({ durable = false, settings = {} }: StartOptions = {}): Promise<PostgresServer> {
  const program = new URL(import.meta.url.endsWith('.ts') ? './keeper.ts' : './keeper.js', import.meta.url)
  const keeper = spawn(process.execPath, [fileURLToPath(program), JSON.stringify({ durable, settings })], {
    // A session of its own, so that Ctrl-C in a terminal reaches the tests first and the keeper only through them.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ended = once(keeper, 'close')
  const complaints = text(keeper.stderr)
  const started = await firstLine(keeper)
  if (started === undefined) throw new Error(`Cannot start PostgreSQL: its keeper ended with\n${await complaints}`)
  // A server that nobody closed must not keep its owner from ending.
  keeper.unref()
  for (const stream of [keeper.stdin, keeper.stdout, keeper.stderr] as unknown as Socket[]) stream.unref()
  return new StartedServer(keeper, ended, complaints, JSON.parse(started) as Started)
}

interface Started {
  readonly url: string
  readonly pid: number
  readonly directory: string
}

class StartedServer implements PostgresServer {
  readonly url: string
  readonly pid: number
  readonly keeperPid: number
  readonly directory: string
  readonly #keeper: Keeper
  readonly #ended: Promise<unknown>
  readonly #complaints: Promise<string>

  constructor(keeper: Keeper, ended: Promise<unknown>, complaints: Promise<string>, { url, pid, directory }: Started) {
    this.url = url
    this.pid = pid
    this.directory = directory
    this.keeperPid = keeper.pid ?? 0
    this.#keeper = keeper
    this.#ended = ended
    this.#complaints = complaints
  }

  async close(): Promise<void> {
    this.#keeper.ref()
    for (const stream of [this.#keeper.stdout, this.#keeper.stderr] as unknown as Socket[]) stream.ref()
    this.#keeper.stdin.destroy()
    await this.#ended
    const complaints = await this.#complaints
    if (complaints !== '') throw new Error(`Cannot stop PostgreSQL: its keeper ended with\n${complaints}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

async function firstLine(keeper: Keeper): Promise<string | undefined> {
  let line = ''
  for await (const chunk of keeper.stdout.iterator({ destroyOnReturn: false })) {
    line += String(chunk)
    if (line.endsWith('\n')) return line
  }
  return undefined
}
