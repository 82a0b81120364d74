import { spawn } from 'node:child_process'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkedRows, runHere } from './fake-io.ts'
import { fixtureStore } from './fixture-store.ts'
import { COMMAND } from './inspector-process.ts'

async function filledStore() {
  const store = await fixtureStore()
  await store.put('/turns/t1', '{"n":1}')
  await store.put('/turns/t1', '{"n":2}', { updates: [{ opId: 'op-2' }] })
  await store.put('/turns/t2', '{"n":1}')
  await store.put('/other', '{}')
  return store
}

describe('watch', () => {
  test('--initial prints what is there, then what changes, and --max ends it', async () => {
    const store = await filledStore()
    let written = false
    const { exitCode, stdout } = await runHere(
      ['--store', store.url, 'watch', '/turns', '--initial', '--max', '3', '--json'],
      {
        onOutput: () => {
          if (!written) void store.put('/turns/t3', '{"n":1}')
          written = true
        },
      },
    )
    expect(exitCode).toBe(0)
    const rows = checkedRows(stdout)
    expect(rows.map(({ type, op, path, version }) => [type, op, path, version])).toEqual([
      ['change', 'put', '/turns/t1', 2],
      ['change', 'put', '/turns/t2', 1],
      ['change', 'put', '/turns/t3', 1],
      ['end', undefined, undefined, undefined],
    ])
    expect(rows[0]).toMatchObject({
      info: { kind: 'turn', size: 7, writer: { service: 'api' }, updates: [{ opId: 'op-2' }] },
    })
    expect(rows.at(-1)).toEqual({ type: 'end', v: 1, reason: 'max', changes: 3 })
  })

  test('a record is watched by its path, without its neighbours', async () => {
    const store = await filledStore()
    let seen = 0
    const { stdout } = await runHere(
      ['--store', store.url, 'watch', '/turns/t1', '--initial', '--max', '2', '--json'],
      {
        onOutput: () => {
          if (seen++ > 0) return
          void store.put('/turns/t2', '{"n":2}').then(() => store.remove('/turns/t1'))
        },
      },
    )
    expect(checkedRows(stdout).map(({ op, path, version }) => [op, path, version])).toEqual([
      ['put', '/turns/t1', 2],
      ['delete', '/turns/t1', 3],
      [undefined, undefined, undefined],
    ])
  })

  test('--diff says what changed since the last that was told', async () => {
    const store = await filledStore()
    let seen = 0
    const { stdout } = await runHere(
      ['--store', store.url, 'watch', '/turns/t1', '--initial', '--diff', '--max', '2', '--json'],
      { onOutput: () => void (seen++ === 0 && store.put('/turns/t1', '{"n":3}')) },
    )
    expect(checkedRows(stdout).filter(({ type }) => type === 'diff')).toMatchObject([
      { from: { version: 1 }, to: { version: 2 } },
      { from: { version: 2 }, to: { version: 3 }, changes: [{ path: '/n', before: 2, after: 3 }] },
    ])
  })

  test('goes on behind a cursor that it printed', async () => {
    const store = await filledStore()
    const first = await runHere(['--store', store.url, 'watch', '--initial', '--max', '3', '--json'])
    const cursor = String(checkedRows(first.stdout).at(-2)?.['cursor'])
    await store.put('/turns/t9', '{}')
    const argv = ['--store', store.url, 'watch', '--from', cursor, '--json', '--for', '30s']
    const { stdout } = await runHere([...argv, '--max', '5'])
    // A local store cannot resume, says so, and tells all that is there.
    expect(checkedRows(stdout)[0]).toMatchObject({ type: 'change', op: 'gap', path: null })
    expect(await runHere([...argv, '--initial'])).toMatchObject({ exitCode: 2, stdout: '' })
  })

  test('ends when nothing changes, and shows meanwhile that it lives', async () => {
    const store = await fixtureStore()
    const argv = ['--store', store.url, 'watch', '--heartbeat', '20ms', '--idle-timeout', '200ms']
    const { exitCode, stdout } = await runHere([...argv, '--json'])
    const rows = checkedRows(stdout)
    expect(exitCode).toBe(0)
    expect(rows.at(0)).toMatchObject({ type: 'heartbeat', cursor: null })
    expect(rows.at(-1)).toEqual({ type: 'end', v: 1, reason: 'idle-timeout', changes: 0 })
    const text = await runHere([...argv, '--for', '50ms'])
    expect(text.stdout).toContain('nothing changed')
    expect(text.stderr).toBe('ended by --for after 0 changes\n')
  })

  test('a plain store, which cannot tell of changes, is refused', async () => {
    const store = await fixtureStore()
    expect(await runHere(['--store', `plain:${store.root}`, 'watch'])).toMatchObject({ exitCode: 7, stdout: '' })
    expect(await runHere(['--store', store.url, 'watch', '--for', 'soon'])).toMatchObject({ exitCode: 2 })
  })
})

describe('a watching process', () => {
  async function watching(...args: string[]) {
    const store = await filledStore()
    const [program = '', ...rest] = COMMAND
    const child = spawn(program, [...rest, '--store', store.url, 'watch', '--initial', '--json', ...args])
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    // The first change comes through the pipe while the process goes on, so it is not held back.
    await new Promise((resolve) => child.stdout.once('data', resolve))
    return { store, child, ended }
  }

  test('ends with 130 on ctrl-c', async () => {
    const { child, ended } = await watching()
    child.kill('SIGINT')
    expect(await ended).toBe(130)
  })

  test('ends quietly with 0 when its reader goes away', async () => {
    const { store, child, ended } = await watching()
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.stdout.destroy()
    await store.put('/turns/t1', '{"n":9}')
    expect(await ended).toBe(0)
    expect(stderr).toBe('')
  })
})
