import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withoutPasswords } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'
import { checkedRows, runHere } from './fake-io.ts'
import { fixtureStore, temporaryDirectory } from './fixture-store.ts'
import { inspector } from './inspector-process.ts'

/** A home and a project, each with a store of one record that says whose it is. */
async function configured() {
  const [home, project] = [await temporaryDirectory(), await temporaryDirectory()]
  const [own, shared] = [await fixtureStore(), await fixtureStore()]
  await own.put('/own', '{}')
  await shared.put('/shared', '{}')
  await mkdir(join(home, 'inspector'))
  await mkdir(join(project, 'deep', 'down'), { recursive: true })
  const writeOwn = (content: unknown) => writeFile(join(home, 'inspector/config.json'), JSON.stringify(content))
  const writeProject = (content: unknown) => writeFile(join(project, '.inspector.json'), JSON.stringify(content))
  const run = async (argv: string[], env: Record<string, string> = {}) =>
    await runHere(argv, { cwd: join(project, 'deep', 'down'), env: { XDG_CONFIG_HOME: home, ...env } })
  return { home, project, own, shared, writeOwn, writeProject, run }
}

describe('the store', () => {
  test('is that of the flag, else of the environment, else of the project, else of the person', async () => {
    const { own, shared, writeOwn, writeProject, run } = await configured()
    await writeOwn({ stores: { one: { url: own.url }, two: { url: own.url } }, default: 'one' })
    expect((await run(['ls'])).stdout).toBe('/own\n')
    await writeProject({ stores: { two: { url: shared.url } }, default: 'two' })
    expect((await run(['ls'])).stdout).toBe('/shared\n')
    expect((await run(['ls', '--store', 'two'])).stdout).toBe('/shared\n')
    expect((await run(['ls'], { INSPECTOR_STORE: 'one' })).stdout).toBe('/own\n')
    expect((await run(['ls', '--store', shared.url], { INSPECTOR_STORE: 'one' })).stdout).toBe('/shared\n')
  })

  test('of a relative path lies beside the file that names it', async () => {
    const { project, shared, writeProject, run } = await configured()
    await writeProject({ stores: { here: { url: `file:${shared.root.replace(/^\//, '../'.repeat(20))}` } } })
    expect((await run(['--store', 'here', 'ls'])).stdout).toBe('/shared\n')
    const { stderr } = await run(['--store', 'file:./data', 'ls'])
    expect(stderr).not.toContain(project)
  })

  test('that nothing is named after is refused with the names that there are', async () => {
    const { own, writeOwn, run } = await configured()
    await writeOwn({ stores: { alpha: { url: own.url }, beta: { url: own.url } } })
    const { exitCode, stderr } = await run(['--store', 'gamma', 'ls'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('known: alpha, beta')
    expect(await run(['ls'])).toMatchObject({ exitCode: 2 })
  })

  test('can be copied from and to by name, and one that is read-only is not written to', async () => {
    const { own, shared, writeProject, run } = await configured()
    await writeProject({
      stores: { from: { url: own.url }, to: { url: shared.url }, kept: { url: shared.url, readOnly: true } },
    })
    const refused = await run(['copy', 'from', 'kept'])
    expect(refused).toMatchObject({ exitCode: 7, stdout: '' })
    expect(await run(['copy', 'from', 'kept', '--dry-run'])).toMatchObject({ exitCode: 0 })
    expect(await run(['copy', 'from', 'to'])).toMatchObject({ exitCode: 0 })
    expect((await run(['--store', 'to', 'ls'])).stdout).toBe('/own\n/shared\n')
  })
})

describe('a configuration', () => {
  test.each([
    [{ stores: { a: {} } }, 'stores.a.url'],
    [{ stores: { a: { url: 'memory:', readonly: true } } }, 'readonly'],
    [{ stores: { 'a:b': { url: 'memory:' } } }, 'a name is made of'],
    [{ default: 7 }, 'default'],
    [[], 'expected'],
  ])('%j is refused with what is wrong', async (content, problem) => {
    const { writeProject, run } = await configured()
    await writeProject(content)
    const { exitCode, stdout, stderr } = await run(['ls'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain('.inspector.json')
    expect(stderr).toContain(problem)
  })

  test('that is not JSON is refused without showing what it holds', async () => {
    const { project, run } = await configured()
    await writeFile(join(project, '.inspector.json'), '{"stores": {"a": {"url": "postgres://u:hunter2@h/d"')
    const { exitCode, stderr } = await run(['ls'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('it is not JSON')
    expect(stderr).not.toContain('hunter2')
  })

  test('is not read where a URL names the store', async () => {
    const { project, own, run } = await configured()
    await writeFile(join(project, '.inspector.json'), 'broken')
    expect(await run(['--store', own.url, 'ls'])).toMatchObject({ exitCode: 0, stdout: '/own\n' })
  })
})

describe('stores', () => {
  test('list shows names, labels and URLs without passwords', async () => {
    const { own, writeOwn, run } = await configured()
    const stores = {
      prod: {
        url: 'postgres://app:hun@ter2@db.example/records?sslpassword=hunter2',
        label: 'production',
        readOnly: true,
      },
      local: { url: own.url },
    }
    await writeOwn({ stores, default: 'local' })
    const text = await run(['stores'])
    expect(text.stdout).toContain('postgres://app:***@db.example/records?sslpassword=***')
    expect(text.stdout).toMatch(/^local +default +file:.*\nprod +read-only +postgres:.* production\n$/)
    const json = await run(['stores', 'list', '--json'])
    expect(checkedRows(json.stdout)).toMatchObject([
      { type: 'store', name: 'local', default: true, readOnly: false, label: null },
      { type: 'store', name: 'prod', default: false, readOnly: true, label: 'production' },
    ])
    expect(text.stdout + json.stdout).not.toMatch(/hun|ter2/)
    expect((await run(['stores', 'list', 'local'])).stdout).toMatch(/^local +default +file:[^\n]*\n$/)
    expect(await run(['stores', 'list', 'gone'])).toMatchObject({ exitCode: 2, stdout: '' })
    expect(await runHere(['stores', 'destroy'])).toMatchObject({ exitCode: 2 })
  })

  test('test opens each, or the one that is named, and exits 5 when one cannot be', async () => {
    const { own, writeOwn, run } = await configured()
    await writeOwn({ stores: { good: { url: own.url }, lost: { url: 'file:/nowhere/at/all' } } })
    const all = await run(['stores', 'test', '--json'])
    expect(all.exitCode).toBe(5)
    expect(checkedRows(all.stdout)).toMatchObject([
      { type: 'storeTest', name: 'good', ok: true, backend: 'local', error: null },
      { type: 'storeTest', name: 'lost', ok: false, error: { code: 5, name: 'STORE_MISSING' } },
    ])
    expect(await run(['stores', 'test', 'good'])).toMatchObject({ exitCode: 0 })
    expect((await run(['stores', 'test', 'lost'])).stdout).toContain('failed')
  })
})

describe.each([
  ["postgres://u:se'cretive@db.example/records", 'postgres://u:***@db.example/records'],
  ["postgres://o'brien:secretive@db.example/records", "postgres://o'brien:***@db.example/records"],
  ['postgres://u:se cretive@db.example/records', 'postgres://u:***@db.example/records'],
  ['postgres://u:secre/ti?v#e@db.example/records', 'postgres://u:***@db.example/records'],
  ["postgres://db.example/records?password=secretive''ss", 'postgres://db.example/records?password=***'],
  ['postgres://db.example/records?p%61ssword=secretive', 'postgres://db.example/records?p%61ssword=***'],
  [
    'postgres://db.example/records?a=1&sslpassword=se cretive&b=2',
    'postgres://db.example/records?a=1&sslpassword=***&b=2',
  ],
  ['postgres:u:secretive@db.example', 'postgres:u:***@db.example'],
  ['file:/a:b@c', 'file:/a:b@c'],
])('%j', (url, shown) => {
  test('is shown without its password, as the name of a store, in a list and in a message', async () => {
    const { writeOwn, run } = await configured()
    await writeOwn({ stores: { one: { url } } })
    expect((await run(['stores'])).stdout).toContain(shown)
    expect(withoutPasswords(`Cannot open ${JSON.stringify(url)}: no`, url)).toBe(`Cannot open "${shown}": no`)
    expect(withoutPasswords(`Cannot open ${url}, no`, url)).toBe(`Cannot open ${shown}, no`)
    const { stderr } = await run([url])
    expect(stderr).not.toMatch(/cretive|secre/)
  })
})

test('a password alone is in no message of its store, but for what the URL shows anyway', () => {
  const told = (url: string) => withoutPasswords('role "postgres" gave hunt er2 and hunt%20er2', url)
  expect(told('postgres://app:hunt%20er2@db/r')).toBe('role "postgres" gave *** and ***')
  expect(told('postgres://postgres:postgres@db/r')).toBe('role "postgres" gave hunt er2 and hunt%20er2')
})

test('a URL of others in a message loses its password, up to the quote around it', () => {
  expect(withoutPasswords(`see "postgres://o'brien:pa'ss@db/r" and "http://h/?password=it's", now`)).toBe(
    `see "postgres://o'brien:***@db/r" and "http://h/?password=***", now`,
  )
})

describe('a password in a URL', () => {
  const url = 'postgres://app:hunter2@127.0.0.1:1/records'

  test.each([
    [['--store', url, 'ls'], 5],
    [['--store', url, 'ls', '--json'], 5],
    [['--store', `${url}?migrate=maybe`, 'ls'], 2],
    [['--store', 'postgres://app:hunter2@[bad/records', 'ls'], 2],
    [['--store', 'redis://app:hunter2@host', 'ls'], 2],
    [[url], 2],
    [['ls', '/a', url], 2],
    [['copy', url, 'memory:'], 5],
    [['stores', 'test', url], 5],
  ])('is in no output of %j', async (argv, exitCode) => {
    const found = await inspector(argv)
    expect(found.exitCode).toBe(exitCode)
    expect(found.stdout + found.stderr).not.toContain('hunter2')
    expect(found.stdout + found.stderr).not.toBe('')
  })
})
