import { Buffer } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkedRows, runHere } from './fake-io.ts'
import { fixtureStore, temporaryDirectory } from './fixture-store.ts'
import { expectNoSecret, plantedSecrets } from './planted-secrets.ts'

async function secretStore() {
  const store = await fixtureStore()
  const entry = { tuples: { by_token: ['hush'], by_note: ['postgres://app:hush@db', 1] } }
  await store.put('/json', plantedSecrets(1), { entry })
  await store.put('/json', plantedSecrets(2), { entry })
  await store.put('/text', 'Bearer 1hush.abc\nopen\n')
  await store.put('/text', 'Bearer 2hush.abc\nopen\n')
  await store.put('/binary', Buffer.concat([Buffer.from([0, 255]), Buffer.from('Bearer 1hush.abc')]))
  await store.put('/open', '{"n":1}')
  const run = (...argv: string[]) => runHere(['--store', store.url, ...argv])
  const put = (path: string, body: string) => store.put(path, body)
  return { url: store.url, put, run }
}

const SHOWING: readonly (readonly string[])[] = [
  ['cat', '/json'],
  ['cat', '/json', '--pretty'],
  ['cat', '/json', '--meta'],
  ['cat', '/json', '-o', '-'],
  ['cat', '/text'],
  ['cat', '/binary'],
  ['diff', '/json'],
  ['diff', '/json', '/text'],
  ['diff', '/json', '--format', 'structural'],
  ['diff', '/json', '--format', 'json-patch'],
  ['diff', '/json', '--format', 'unified'],
  ['diff', '/json', '--format', 'side'],
  ['diff', '/json', '--ignore', '/round'],
  ['diff', '/text'],
  ['diff', '/text', '/binary'],
  ['watch', '/', '--initial', '--diff', '--max', '4'],
]

describe('a secret in a body', () => {
  test.each(SHOWING.map((argv) => [argv.join(' '), argv] as const))('is not in what %s prints', async (_name, argv) => {
    const { run } = await secretStore()
    for (const json of argv.includes('side') ? [[]] : [[], ['--json']]) {
      const { exitCode, stdout, stderr } = await run(...argv, ...json)
      expect(exitCode, stderr).toBe(0)
      expectNoSecret(stdout + stderr, argv.join(' '))
      if (json.length > 0) expect(checkedRows(stdout).length).toBeGreaterThan(0)
    }
  })

  test.each(SHOWING.filter((argv) => !argv.includes('/binary')).map((argv) => [argv.join(' '), argv] as const))(
    'is in what %s prints with --reveal',
    async (_name, argv) => {
      const { run } = await secretStore()
      const { stdout, stderr } = await run(...argv, '--reveal')
      if (argv[0] !== 'watch') expect(stdout).toContain('hush')
      expect(stdout + stderr).not.toContain('not shown')
    },
  )

  test('is in what watch --diff --reveal prints, and without it a change of it is told', async () => {
    const { put, url } = await secretStore()
    for (const reveal of [false, true]) {
      let wrote = false
      const argv = ['--store', url, 'watch', '/json', '--diff', '--max', '1', ...(reveal ? ['--reveal'] : [])]
      const done = runHere([...argv, '--initial', '--max', '2'], {
        onOutput: () => {
          if (!wrote) void put('/json', plantedSecrets(reveal ? 4 : 3))
          wrote = true
        },
      })
      const { stdout } = await done
      expect(stdout).toContain('~ /password')
      if (reveal) expect(stdout).toContain('hush4-a')
      else expectNoSecret(stdout)
    }
  })

  test('is data, exactly as stored, where data is asked for', async () => {
    const { run } = await secretStore()
    const body = plantedSecrets(2)
    expect((await run('cat', '/json', '--raw')).stdout).toBe(body)
    expect((await run('cat', '/json', '--hex')).stdout).toContain('68 75 73 68')
    const file = join(await temporaryDirectory(), 'body')
    await run('cat', '/json', '-o', file)
    expect(await readFile(file, 'utf8')).toBe(`${body}\n`)
    const [row] = checkedRows((await run('export', '/json')).stdout)
    expect(row?.['value']).toEqual(JSON.parse(body))
    expect(row).not.toHaveProperty('hidden')
  })

  test('is named by the row and by stderr, and only where there is one', async () => {
    const { run } = await secretStore()
    const [row] = checkedRows((await run('cat', '/json', '--json')).stdout)
    expect(row?.['hidden']).toEqual(
      expect.arrayContaining(['/value/password', '/value/headers/set-cookie/0', '/value/url', '/tuples/by_token/0']),
    )
    expect(row).toMatchObject({ value: { id: 'open', nested: { tokens: 'open' } } })
    expect((await run('cat', '/text')).stderr).toBe('1 part is not shown, because of secrets: --reveal shows all\n')
    for (const argv of [
      ['cat', '/open'],
      ['cat', '/open', '--json'],
      ['cat', '/json', '--reveal', '--json'],
    ]) {
      const { stdout, stderr } = await run(...argv)
      expect(stdout).not.toContain('"hidden"')
      expect(stderr).toBe('')
    }
  })

  test('that is another one differs, in every format', async () => {
    const { put, run } = await secretStore()
    await put('/s', '{"password":"hush-a","n":1}')
    await put('/s', '{"password":"hush-b","n":1}')
    expect((await run('diff', '/s', '--exit-code')).exitCode).toBe(1)
    expect((await run('diff', '/s')).stdout).toContain('~ /password  "(not shown)" -> "(not shown, no. 2)"')
    for (const format of ['unified', 'json-patch', 'side'])
      expect((await run('diff', '/s', '--format', format)).stdout).toContain('(not shown, no. 2)')
    const [row] = checkedRows((await run('diff', '/s', '--json')).stdout)
    expect(row).toMatchObject({ equal: false, sameBytes: false, hidden: ['/changes/0/before', '/changes/0/after'] })
    expect((await run('diff', '/s@1', '@1', '--exit-code')).exitCode).toBe(0)
  })

  test('that is the same in two texts does not differ', async () => {
    const { put, run } = await secretStore()
    await put('/s', 'Bearer 1hush.abc\nold\n')
    await put('/s', 'Bearer 1hush.abc\nnew\n')
    const { stdout } = await run('diff', '/s')
    expect(stdout).toContain('\n Bearer (not shown)\n-old\n+new\n')
  })
})
