import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { npmInstall, run } from './npm.ts'
import { PROGRAMS, TSC } from './repository.ts'

const tsconfig = {
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    types: ['node'],
    rootDir: '.',
    outDir: 'out',
  },
  include: ['*.ts'],
}

const manifest = z.object({ name: z.string(), exports: z.record(z.string(), z.unknown()) })

/** A directory with nothing in it but the packed core and what npm installs with it. */
export class EmptyProject {
  readonly directory: string
  /** What can be imported, such as `@latchless/filesystem/files`. */
  readonly entries: readonly string[]

  private constructor(directory: string, entries: readonly string[]) {
    this.directory = directory
    this.entries = entries
  }

  static async install(directory: string, packages: readonly string[]): Promise<EmptyProject> {
    await mkdir(directory)
    await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    await npmInstall(directory, packages)
    await cp(PROGRAMS, directory, { recursive: true })
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(tsconfig))
    const installed = join(directory, 'node_modules/@latchless/filesystem/package.json')
    const { name, exports } = manifest.parse(JSON.parse(await readFile(installed, 'utf8')))
    const entries = Object.keys(exports).filter((entry) => entry !== './package.json')
    return new EmptyProject(
      directory,
      entries.map((entry) => name + entry.slice(1)),
    )
  }

  has(name: string): boolean {
    return existsSync(join(this.directory, 'node_modules', name))
  }

  /** Type-checks the programs and an import of these entries, declarations of all packages included, and builds the programs. */
  async compile(entries: readonly string[]): Promise<void> {
    const lines = entries.map((entry, at) => `import * as entry${at} from '${entry}'\nexport { entry${at} }\n`)
    await writeFile(join(this.directory, 'all-entries.ts'), lines.join(''))
    await run(this.directory, TSC, ['--project', this.directory])
  }

  /** Runs a built program and reads the JSON that it prints. */
  async run(node: string, program: string, args: readonly string[] = []): Promise<unknown> {
    return JSON.parse(await run(this.directory, node, [`out/${program}.js`, ...args]))
  }
}
