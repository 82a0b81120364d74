import { anything, openFilesystem } from '@latchless/filesystem'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkedRows, type FakeIoOptions, runHere } from './fake-io.ts'
import { fixtureStore, temporaryDirectory } from './fixture-store.ts'
import { inspector } from './inspector-process.ts'

async function filledStore() {
  const store = await fixtureStore()
  const entry = { kind: 'turn', schemaVersion: 3, tuples: { by_n: [1] } }
  await store.put('/r', '{"n":1}', { entry })
  for (let n = 2; n <= 4; n++) await store.put('/r', `{"n":${n}}`)
  const run = async (argv: string[], options: FakeIoOptions = {}) =>
    await runHere(['--store', store.url, ...argv], options)
  const bodies = async () => {
    const { versions } = await store.fs.history('/r', { bodies: true })
    return versions.map(({ entry: found }) => (found ? Buffer.from(found.body).toString() : 'deleted'))
  }
  return { ...store, run, bodies }
}

const CONFIRMED = ['--confirm', '/r']

describe('revert', () => {
  test('writes the content of an earlier version again, as a new version', async () => {
    const { run, bodies, fs } = await filledStore()
    const { exitCode, stdout } = await run(['--write', 'revert', '/r@1', ...CONFIRMED, '--json'])
    expect(exitCode).toBe(0)
    expect(checkedRows(stdout)).toMatchObject([{ type: 'written', op: 'revert', over: 4, content: 1, version: 5 }])
    expect((await bodies())[0]).toBe('{"n":1}')
    expect(await fs.get('/r')).toMatchObject({
      entry: { kind: 'turn', schemaVersion: 3, tuples: { by_n: [1] } },
      info: { writer: { service: 'inspector' } },
    })
  })

  test('brings a deleted record back', async () => {
    const { run, bodies, ...store } = await filledStore()
    await store.remove('/r')
    const { exitCode, stdout } = await run(['revert', '/r@2', '--write', ...CONFIRMED])
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '/r has the content of v2 again, as v6\n' })
    expect((await bodies()).slice(0, 2)).toEqual(['{"n":2}', 'deleted'])
  })

  test('needs a version that is retained and is no deletion', async () => {
    const { run, ...store } = await filledStore()
    await store.remove('/r')
    expect(await run(['revert', '/r', '--write', ...CONFIRMED])).toMatchObject({ exitCode: 2 })
    for (const argument of ['/r@9', '/r@5', '/none@1']) {
      const confirm = ['--confirm', argument.replace(/@.*/, '')]
      expect(await run(['revert', argument, '--write', ...confirm])).toMatchObject({ exitCode: 3, stdout: '' })
    }
  })
})

describe('rm', () => {
  test('leaves a tombstone, behind which the versions stay', async () => {
    const { run, bodies } = await filledStore()
    const { exitCode, stdout } = await run(['--write', 'rm', '/r', ...CONFIRMED, '--json'])
    expect(exitCode).toBe(0)
    expect(checkedRows(stdout)).toMatchObject([{ op: 'rm', path: '/r', over: 4, content: null, version: 5 }])
    expect(await bodies()).toEqual(['deleted', '{"n":4}', '{"n":3}', '{"n":2}', '{"n":1}'])
    expect(await run(['--write', 'rm', '/r', ...CONFIRMED])).toMatchObject({ exitCode: 3 })
  })

  test('takes the expected version either way, and not twice', async () => {
    const { run } = await filledStore()
    expect(await run(['--write', 'rm', '/r@4', '--if-version', '4', ...CONFIRMED])).toMatchObject({ exitCode: 2 })
    expect(await run(['--write', 'rm', '/r@3', ...CONFIRMED])).toMatchObject({ exitCode: 4 })
    expect(await run(['--write', 'rm', '/r@v4', ...CONFIRMED])).toMatchObject({ exitCode: 0 })
  })
})

describe.each([
  ['revert', '/r@1'],
  ['rm', '/r'],
])('%s', (command, argument) => {
  test('is refused without --write, before anybody is asked', async () => {
    const { run, bodies } = await filledStore()
    const asked: string[] = []
    const answer = (question: string) => (asked.push(question), '/r')
    expect(await run([command, argument, ...CONFIRMED], { answer })).toMatchObject({ exitCode: 7, stdout: '' })
    expect(asked).toEqual([])
    expect(await bodies()).toHaveLength(4)
  })

  test('is refused where the configuration says readOnly', async () => {
    const { url, bodies } = await filledStore()
    const home = await temporaryDirectory()
    await mkdir(join(home, 'inspector'))
    const content = { stores: { prod: { url, readOnly: true } }, default: 'prod' }
    await writeFile(join(home, 'inspector/config.json'), JSON.stringify(content))
    const found = await runHere([command, argument, '--write', ...CONFIRMED], { env: { XDG_CONFIG_HOME: home } })
    expect(found).toMatchObject({ exitCode: 7, stdout: '' })
    expect(await bodies()).toHaveLength(4)
  })

  test('exits 4 when the record is at another version, and does not try again', async () => {
    const { run, bodies } = await filledStore()
    const argv = ['--write', command, argument, '--if-version', 'v3', ...CONFIRMED, '--json']
    const { exitCode, stdout, stderr } = await run(argv)
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' })
    expect(JSON.parse(stderr)).toMatchObject({ code: 4, name: 'CONFLICT', path: '/r' })
    expect(await bodies()).toHaveLength(4)
  })

  test('exits 4 when somebody writes while the person is asked', async () => {
    const { url, run, bodies } = await filledStore()
    await using other = await openFilesystem(url)
    const answer = async () => {
      await other.put('/r', { body: Buffer.from('theirs'), contentType: 'text/plain' }, anything)
      return '/r'
    }
    const found = await run(['--write', command, argument], { answer })
    expect(found).toMatchObject({ exitCode: 4, stdout: '' })
    expect((await bodies())[0]).toBe('theirs')
  })

  test('takes the expected version by its whole token, and none of another generation', async () => {
    const { run, fs } = await filledStore()
    const head = await fs.get('/r')
    const token = head.state === 'live' ? head.version : ''
    const other = token.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const argv = ['--write', command, argument, ...CONFIRMED, '--if-version']
    expect(await run([...argv, other])).toMatchObject({ exitCode: 4 })
    expect(await run([...argv, token])).toMatchObject({ exitCode: 0 })
    expect(await run([...argv, 'newest'])).toMatchObject({ exitCode: 2 })
  })

  test('asks a person to type the path, and takes nothing else for a yes', async () => {
    const { run, bodies } = await filledStore()
    const asked: string[] = []
    const answering = (text: string) => ({ answer: (question: string) => (asked.push(question), text) })
    for (const text of ['y', 'yes', '', '/R', '/r ']) {
      expect(await run(['--write', command, argument], answering(text))).toMatchObject({ exitCode: 7, stdout: '' })
    }
    expect(await bodies()).toHaveLength(4)
    expect(await run(['--write', command, argument], answering('/r'))).toMatchObject({ exitCode: 0 })
    expect(asked.at(-1)).toMatch(/"\/r".* v4.*Type the path to confirm: $/)
  })

  test('never waits for an answer where nobody can give one', async () => {
    const { url, run, bodies } = await filledStore()
    const { exitCode, stderr } = await inspector(['--store', url, '--write', command, argument])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('--confirm')
    expect(await run(['--write', command, argument, '--confirm', '/other'])).toMatchObject({ exitCode: 2 })
    expect(await bodies()).toHaveLength(4)
  })

  test('is refused by a store without versions', async () => {
    const root = await temporaryDirectory()
    await writeFile(join(root, 'r'), 'bytes')
    const argv = ['--store', `plain:${root}`, '--write', command, argument, ...CONFIRMED]
    expect(await runHere(argv)).toMatchObject({ exitCode: 7, stdout: '' })
  })
})
