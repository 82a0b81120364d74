import { anything, openFilesystem } from '@latchless/filesystem'
import { execa } from 'execa'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'
import { rowsOf } from './inspector-process.ts'
import { hasTmux, Tmux } from './tmux.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The environment without what pnpm and vitest put there: npm of the machine is to run with the machine's own settings. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => !directory.includes('node_modules'))
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:npm_|pnpm_|NODE_)/i.test(name))
  return {
    ...Object.fromEntries(kept),
    PATH: path.join(delimiter),
    INSPECTOR_STORE: undefined,
    XDG_CONFIG_HOME: '/none',
  }
}

/** The packed program in a project of its own, which npm installs without asking a registry. */
async function installed() {
  const directory = await temporaryDirectory()
  const project = join(directory, 'project')
  await mkdir(project)
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true }))
  const bare = { env: bareEnvironment(), extendEnv: false, stdin: 'ignore' } as const
  await execa('npx', ['--yes', 'pnpm@12', 'pack', '--pack-destination', directory], { ...bare, cwd: root })
  const tarball = (await readdir(directory)).find((name) => name.endsWith('.tgz')) ?? ''
  const flags = ['--offline', '--no-audit', '--no-fund', '--cache', join(directory, 'cache')]
  await execa('npm', ['install', ...flags, join(directory, tarball)], { ...bare, cwd: project })
  // The program names `node`, and that of the machine may be too old for it.
  const env = { ...bare.env, PATH: `${dirname(process.execPath)}${delimiter}${bare.env['PATH']}` }
  const program = join(project, 'node_modules/.bin/inspector')
  const run = async (...args: string[]) => await execa(program, args, { ...bare, env, cwd: project, reject: false })
  return { directory, project, program, run }
}

// What is published is built, so there is nothing to pack when the sources are tested.
describe.runIf(process.env['LATCHLESS_TEST_DIST'])('the packed inspector', () => {
  test(
    'needs no other package, looks into file and sqlite stores, and has its screens',
    { timeout: 180_000 },
    async () => {
      const { directory, project, program, run } = await installed()
      expect((await readdir(join(project, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual([
        '@latchless',
      ])
      expect(await readdir(join(project, 'node_modules/@latchless'))).toEqual(['inspector'])
      const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
      expect(await run('--version')).toMatchObject({ exitCode: 0, stdout: manifest.version, stderr: '' })
      for (const url of [`file:${directory}/files`, `sqlite:${directory}/store.db`]) {
        const store = await openFilesystem(url)
        await store.put('/turns/t1', { body: Buffer.from('{"n":1}'), contentType: 'application/json' }, anything)
        await store.close()
        const { exitCode, stdout, stderr } = await run('--store', url, 'cat', '/turns/t1', '--json')
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
        expect(rowsOf(stdout)).toMatchObject([{ type: 'value', value: { n: 1 } }])
      }
      const postgres = await run('--store', 'postgres://127.0.0.1:1/d', 'ls', '--json')
      expect(rowsOf(postgres.stderr)).toMatchObject([{ code: 5, name: 'UNAVAILABLE' }])
      expect(await run('schema', 'record')).toMatchObject({ exitCode: 0 })
      if (!hasTmux) return
      const terminal = await Tmux.open({ INSPECTOR_STORE: `sqlite:${directory}/store.db` })
      await terminal.command(`'${process.execPath}' '${program}'; echo "exit=$?"`)
      await terminal.shows('READ-ONLY')
      await terminal.keys('q')
      await terminal.shows('exit=0')
    },
  )

  test('names the licenses of what is in it', async () => {
    const notices = await readFile(join(root, 'bundle/THIRD-PARTY.txt'), 'utf8')
    for (const name of ['commander', 'ink', 'react', 'pg', 'zod', 'yoga-layout']) expect(notices).toContain(`${name} `)
  })
})
