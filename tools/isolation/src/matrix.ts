import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { EmptyProject } from './empty-project.ts'
import { installNodes, type NodeBinary } from './node-binaries.ts'
import { packFilesystem } from './repository.ts'

/** Entries that need a package which npm does not install by itself. */
const OPTIONAL_PEERS: Readonly<Record<string, string>> = {
  '@latchless/filesystem/postgres': 'pg',
  '@latchless/filesystem/opentelemetry': '@opentelemetry/api',
}
/** The oldest SQLite that the sqlite backend trusts. */
const SQLITE_OLDEST = '3.51.3'

const attempted = z.object({
  outcome: z.enum(['fine', 'failed']),
  typed: z.boolean().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
})

export interface Check {
  readonly name: string
  run(): Promise<void>
}

/** The packed core in empty projects, with and without its optional peers, on every Node. */
export class Matrix {
  readonly nodes: readonly NodeBinary[]
  readonly #base: string
  readonly #bare: EmptyProject
  readonly #full: EmptyProject

  private constructor(base: string, nodes: readonly NodeBinary[], bare: EmptyProject, full: EmptyProject) {
    this.#base = base
    this.nodes = nodes
    this.#bare = bare
    this.#full = full
  }

  /** @throws {Error} when the core was not built, or the registry is not reachable. */
  static async open(): Promise<Matrix> {
    const base = await mkdtemp(join(tmpdir(), 'latchless-isolation-'))
    try {
      await mkdir(join(base, 'packed'))
      const tarball = await packFilesystem(join(base, 'packed'))
      // The compiler needs Node's declarations; pg has none of its own.
      const always = [tarball, '@types/node@24']
      const peers = ['pg@8', '@types/pg@8', '@opentelemetry/api@1']
      const nodes = await installNodes(join(base, 'nodes'))
      const bare = await EmptyProject.install(join(base, 'bare'), always)
      const full = await EmptyProject.install(join(base, 'full'), [...always, ...peers])
      return new Matrix(base, nodes, bare, full)
    } catch (error) {
      await rm(base, { recursive: true, force: true })
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#base, { recursive: true, force: true })
  }

  /** In this order: what compiles is what runs. */
  checks(): Check[] {
    return [
      { name: 'npm installs no optional peer by itself', run: () => this.#checkAbsence() },
      { name: 'without optional peers, every other entry type-checks', run: () => this.#compileBare() },
      { name: 'with them, every entry type-checks', run: () => this.#full.compile(this.#full.entries) },
      ...this.nodes.flatMap((node) => this.#checksOn(node)),
    ]
  }

  #checksOn(node: NodeBinary): Check[] {
    const on = `on Node ${node.version}`
    return [
      { name: `${on}, casUpdate runs without optional peers`, run: () => updates(this.#bare, node) },
      { name: `${on}, casUpdate runs with them`, run: () => updates(this.#full, node) },
      {
        name: `${on}, every entry that needs no optional peer imports without them`,
        run: () => this.#importBare(node),
      },
      { name: `${on}, an entry whose peer is missing names it`, run: () => this.#refuseEntries(node) },
      { name: `${on}, a postgres URL without pg is refused and names it`, run: () => this.#refusePostgres(node) },
      { name: `${on}, every entry imports with its peer`, run: () => this.#importFull(node) },
      { name: `${on}, sqlite opens or refuses its SQLite ${node.sqlite}`, run: () => this.#openSqlite(node) },
    ]
  }

  async #checkAbsence(): Promise<void> {
    for (const peer of Object.values(OPTIONAL_PEERS)) {
      assert.equal(this.#bare.has(peer), false, peer)
      assert.equal(this.#full.has(peer), true, peer)
    }
    for (const entry of Object.keys(OPTIONAL_PEERS)) assert.ok(this.#full.entries.includes(entry), entry)
  }

  async #compileBare(): Promise<void> {
    await this.#bare.compile(independent(this.#bare.entries))
  }

  async #importBare(node: NodeBinary): Promise<void> {
    const entries = independent(this.#bare.entries)
    assert.ok(entries.length >= 4, 'the entries of the package are found')
    for (const entry of entries) assert.equal((await attempt(this.#bare, node, 'import', entry)).outcome, 'fine', entry)
  }

  async #importFull(node: NodeBinary): Promise<void> {
    for (const entry of this.#full.entries) {
      const attempted = await attempt(this.#full, node, 'import', entry)
      assert.equal(attempted.outcome, 'fine', `${entry}: ${attempted.message}`)
    }
  }

  // Each loads its peer at once. One that imports without it would say so only in the middle of somebody's work.
  async #refuseEntries(node: NodeBinary): Promise<void> {
    for (const [entry, peer] of Object.entries(OPTIONAL_PEERS)) {
      const { outcome, message } = await attempt(this.#bare, node, 'import', entry)
      assert.equal(outcome, 'failed', `${entry} imports without ${peer}`)
      assert.match(message ?? '', new RegExp(`['"\`]${peer}['"\`]|\\binstall ${peer}\\b`), entry)
    }
  }

  async #refusePostgres(node: NodeBinary): Promise<void> {
    const refused = await attempt(this.#bare, node, 'open', 'postgres')
    assert.equal(refused.outcome, 'failed')
    assert.equal(refused.typed, true, refused.message)
    assert.equal(refused.code, 'unsupported', refused.message)
    assert.match(refused.message ?? '', /\binstall\b.*\bpg\b|\bpg\b.*\binstall\b/)
  }

  async #openSqlite(node: NodeBinary): Promise<void> {
    const opened = await attempt(this.#bare, node, 'open', 'sqlite')
    if (isAtLeast(node.sqlite, SQLITE_OLDEST)) assert.equal(opened.outcome, 'fine', opened.message)
    else {
      assert.equal(opened.outcome, 'failed')
      assert.equal(opened.typed, true, opened.message)
      assert.equal(opened.code, 'unsupported', opened.message)
    }
  }
}

async function attempt(project: EmptyProject, node: NodeBinary, what: string, name: string) {
  return attempted.parse(await project.run(node.program, 'attempt', [what, name]))
}

async function updates(project: EmptyProject, node: NodeBinary): Promise<void> {
  assert.deepEqual(await project.run(node.program, 'update'), { memory: 3, local: 3, file: 'content' })
}

function independent(entries: readonly string[]): string[] {
  return entries.filter((entry) => OPTIONAL_PEERS[entry] === undefined)
}

function isAtLeast(version: string, oldest: string): boolean {
  return version.localeCompare(oldest, 'en', { numeric: true }) >= 0
}
