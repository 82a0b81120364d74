import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { npmInstall, run } from './npm.ts'

/** A Node to run on. */
export interface NodeBinary {
  readonly version: string
  /** The version of the SQLite inside. */
  readonly sqlite: string
  readonly program: string
}

/**
 * The Nodes of the matrix: the oldest that the packages' engines allow, the newest 22 and the newest 24. Their binaries come from
 * npm packages without install scripts, so it does not matter which Node runs this.
 */
export async function installNodes(directory: string): Promise<NodeBinary[]> {
  await mkdir(directory)
  await writeFile(join(directory, 'package.json'), '{}')
  const name = `${process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'}-${process.platform}-${process.arch}`
  const wanted = { oldest: '22.12.0', newest22: '22', newest24: '24' }
  await npmInstall(
    directory,
    Object.entries(wanted).map(([alias, version]) => `${alias}@npm:${name}@${version}`),
  )
  const programs = Object.keys(wanted).map((alias) => join(directory, 'node_modules', alias, 'bin/node'))
  return Promise.all(programs.map((program) => inspected(directory, program)))
}

async function inspected(directory: string, program: string): Promise<NodeBinary> {
  const printed = await run(directory, program, ['-p', '`${process.versions.node} ${process.versions.sqlite}`'])
  const [version = '', sqlite = ''] = printed.split(' ')
  return { version, sqlite, program }
}
