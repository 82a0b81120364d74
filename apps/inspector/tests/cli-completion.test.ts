import { execa } from 'execa'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runHere } from './fake-io.ts'
import { fixtureStore, temporaryDirectory } from './fixture-store.ts'
import { COMMAND, inspector } from './inspector-process.ts'

async function completing() {
  const store = await fixtureStore()
  for (const path of ['/turns/t1', '/turns/t10', '/turns/t1/notes/n', '/turns/t2', '/tasks/a', '/plain']) {
    await store.put(path, '{}')
  }
  const project = await temporaryDirectory()
  const stores = { prod: { url: store.url }, preview: { url: store.url } }
  await writeFile(join(project, '.inspector.json'), JSON.stringify({ stores, default: 'prod' }))
  const complete = async (...words: string[]) => {
    const { exitCode, stdout } = await runHere(['__complete', '--', ...words], { cwd: project })
    expect(exitCode).toBe(0)
    return stdout.split('\n').filter(Boolean)
  }
  return { ...store, project, complete }
}

describe('__complete', () => {
  test('knows the commands, and hides itself', async () => {
    const { complete } = await completing()
    expect(await complete('s')).toEqual(['stats', 'stores', 'schema'])
    expect(await complete('')).not.toContain('__complete')
    expect((await inspector(['--help'])).stdout).not.toContain('__complete')
  })

  test('knows the options of a command and of the program, and their choices', async () => {
    const { complete } = await completing()
    expect(await complete('ls', '--fa')).toEqual(['--fail-empty'])
    expect(await complete('ls', '--st')).toEqual(['--store'])
    expect(await complete('ls', '--depth', '')).toEqual(['children', 'descendants'])
    expect(await complete('completion', '')).toEqual(['bash', 'zsh', 'fish'])
  })

  test('knows the names of stores', async () => {
    const { complete } = await completing()
    expect(await complete('--store', 'pr')).toEqual(['preview', 'prod'])
    expect(await complete('stores', 'test', 'pro')).toEqual(['prod'])
  })

  test('knows records and directories, of the store that the line names', async () => {
    const { complete, url } = await completing()
    expect(await complete('cat', '/t')).toEqual(['/tasks/', '/turns/'])
    expect(await complete('cat', '/turns/t1')).toEqual(['/turns/t1', '/turns/t1/', '/turns/t10'])
    expect(await complete('--store', url, 'history', '/turns/t1/')).toEqual(['/turns/t1/notes/'])
    expect(await complete('--store', 'memory:', 'cat', '/t')).toEqual([])
    expect(await complete('diff', '/turns/t1@2', '/p')).toEqual(['/plain'])
  })

  test('says nothing when anything is wrong, and writes nothing', async () => {
    const { complete, root, project } = await completing()
    const before = await readdir(root, { recursive: true })
    expect(await complete('--store', 'file:/nowhere', 'cat', '/')).toEqual([])
    expect(await complete('--store', `file:${project}/new`, 'cat', '/')).toEqual([])
    expect(await complete('nonsense', '/')).toEqual([])
    expect(await readdir(project)).toEqual(['.inspector.json'])
    expect(await readdir(root, { recursive: true })).toEqual(before)
  })

  test('does not keep a person waiting for a store that does not answer', async () => {
    // Packets to this network, which is kept for documentation, get no answer.
    const store = 'postgres://u@192.0.2.1/d'
    const ended = await inspector(['__complete', '--', '--store', store, 'cat', '/'])
    expect(ended).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  })

  test('offers no name that could act on the terminal or the shell', async () => {
    const store = await fixtureStore()
    await store.put('/evil\u202e', '{}')
    await store.put('/even', '{}')
    const { stdout } = await runHere(['__complete', '--', '--store', store.url, 'cat', '/ev'])
    expect(stdout).toBe('/even\n')
  })
})

describe('completion', () => {
  test('bash completes by it', async () => {
    const { project, url } = await completing()
    const { stdout: script } = await inspector(['completion', 'bash'])
    // The word that the shell would complete, in a shell without anything else.
    const program = `
      inspector() { "\${inspector[@]}" "$@"; }
      eval "$script"
      COMP_WORDS=(inspector --store "$url" cat /turns/t1) COMP_CWORD=4
      compopt() { :; }
      _inspector
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = await execa('bash', ['-c', `inspector=("$@"); ${program}`, 'bash', ...COMMAND], {
      cwd: project,
      env: { script, url, XDG_CONFIG_HOME: '/nonexistent' },
    })
    expect(stdout.split('\n')).toEqual(['/turns/t1', '/turns/t1/', '/turns/t10'])
  })

  test.each(['bash', 'zsh', 'fish'])(
    '%s has a script, which that shell can read where it is installed',
    async (shell) => {
      const { exitCode, stdout } = await inspector(['completion', shell])
      expect(exitCode).toBe(0)
      expect(stdout).toContain('__complete')
      const found = await execa(shell, ['-n'], { input: stdout, reject: false })
      if (found.code !== 'ENOENT') expect(found).toMatchObject({ exitCode: 0, stderr: '' })
    },
  )

  test('other shells are refused', async () => {
    expect(await inspector(['completion', 'csh'])).toMatchObject({ exitCode: 2, stdout: '' })
  })
})
