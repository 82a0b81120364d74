import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './npm.ts'

// The same from `src` and from `dist`.
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The sources of the programs that run in the empty projects. */
export const PROGRAMS: string = join(root, 'tools/isolation/src/projects')
/** The compiler of this repository. */
export const TSC: string = join(root, 'node_modules/.bin/tsc')

/**
 * Packs the built core as it would be published.
 *
 * @throws {Error} when it was not built.
 */
export async function packFilesystem(into: string): Promise<string> {
  const core = join(root, 'packages/filesystem')
  if (!existsSync(join(core, 'dist/index.js')))
    throw new Error('Cannot pack packages/filesystem: run `pnpm build` first')
  await run(core, 'npx', ['--yes', 'pnpm@12', 'pack', '--pack-destination', into])
  const tarball = (await readdir(into)).find((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('Cannot pack packages/filesystem: pnpm made no tarball')
  return join(into, tarball)
}
