// Builds `bundle/`, the program as it is published: everything it needs is in it, in pieces that are loaded when needed.
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const bundle = join(root, 'bundle')

/** Ink asks for it only in development; what it exports must be there all the same. */
const withoutDevtools: Plugin = {
  name: 'without-devtools',
  setup(building) {
    building.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'without-devtools' }))
    building.onLoad({ filter: /.*/, namespace: 'without-devtools' }, () => ({ contents: 'export default undefined' }))
  },
}

const core = fileURLToPath(import.meta.resolve('@latchless/filesystem'))

/**
 * Whoever imports from the core imports from the file that has it. Through the index the first piece of the program would hold all
 * of the core that any other piece needs, and starting it would take a third longer.
 */
const pastTheIndex: Plugin = {
  name: 'past-the-index',
  async setup(building) {
    const index = await readFile(core, 'utf8')
    const fileOf = new Map<string, string>()
    for (const [, names = '', file = ''] of index.matchAll(/^export \{(.*)\} from '(.*)';$/gm)) {
      for (const name of namesIn(names)) fileOf.set(name, file)
    }
    const [, everythingElse = ''] = /^export \* from '(.*)';$/m.exec(index) ?? []
    building.onLoad({ filter: /\/dist\/.*\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const contents = text.replaceAll(/^import \{(.*)\} from '@latchless\/filesystem';$/gm, (_, names: string) => {
        const lines = namesIn(names).map((name) => {
          const file = join(dirname(core), fileOf.get(name.replace(/ as .*/, '')) ?? everythingElse)
          return `import { ${name} } from ${JSON.stringify(file)};`
        })
        return lines.join(' ')
      })
      return { contents }
    })
  },
}

function namesIn(list: string): string[] {
  return list.split(',').flatMap((name) => name.trim() || [])
}

await rm(bundle, { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    main: 'dist/main.js',
    // The sqlite backend starts its thread from the file of this name beside its own.
    worker: join(dirname(core), 'backends/sqlite/worker.js'),
  },
  outdir: bundle,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minify: true,
  // Names of classes and functions are in error messages and stacks.
  keepNames: true,
  metafile: true,
  define: { 'process.env.NODE_ENV': '"production"' },
  // Packages that are CommonJS ask for Node's modules by `require`, which a module does not have.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  // Optional, native, and never asked for.
  external: ['pg-native'],
  plugins: [withoutDevtools, pastTheIndex],
})
await chmod(join(bundle, 'main.js'), 0o755)
await writeFile(join(bundle, 'THIRD-PARTY.txt'), await notices(metafile))

/** The licenses of what is bundled, which ask to go with it. */
async function notices(found: Metafile): Promise<string> {
  const directories = new Set<string>()
  for (const input of Object.keys(found.inputs)) {
    const [directory] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input) ?? []
    if (directory !== undefined && !directory.includes('/@latchless/')) directories.add(resolve(root, directory))
  }
  const texts = await Promise.all([...directories].map(notice))
  return [...new Set(texts)].toSorted().join('\n')
}

async function notice(directory: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Record<string, unknown>
  const file = (await readdir(directory)).find((name) => /^licen[cs]e/i.test(name))
  const text =
    file === undefined ? `License: ${String(manifest['license'])}\n` : await readFile(join(directory, file), 'utf8')
  return `${String(manifest['name'])} ${String(manifest['version'])}\n\n${text}\n${'-'.repeat(80)}\n`
}
