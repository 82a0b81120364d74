import { readdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { checkedRows, runHere } from './fake-io.ts'
import { fixtureStore, temporaryDirectory } from './fixture-store.ts'
import { expectHarmless } from './harmless.ts'
import { COMMAND } from './inspector-process.ts'

async function filledStore() {
  const store = await fixtureStore()
  await store.put('/turns', '{"whole":true}')
  await store.put('/turns/t1', '{"n":1,"s":"a,b"}')
  await store.put('/turns/t2', 'two\nlines', { entry: { contentType: 'text/plain' } })
  await store.put('/blob', Uint8Array.of(0, 255))
  await store.put('/gone', '{}')
  await store.remove('/gone')
  const run = async (...args: string[]) => await runHere(['--store', store.url, 'export', ...args])
  return { ...store, run }
}

describe('export', () => {
  test('writes the record at a path and all below it, a line each, with its value', async () => {
    const { run } = await filledStore()
    expect(checkedRows((await run('/turns')).stdout)).toMatchObject([
      { path: '/turns', encoding: 'json', value: { whole: true } },
      { path: '/turns/t1', value: { n: 1, s: 'a,b' } },
      { path: '/turns/t2', encoding: 'text', value: 'two\nlines' },
    ])
    const all = checkedRows((await run()).stdout)
    expect(all.map(({ path }) => path)).toEqual(['/blob', '/turns', '/turns/t1', '/turns/t2'])
    expect(all[0]).toMatchObject({ encoding: 'b64', value: 'AP8=' })
  })

  test('csv quotes what it must, and starts no formula', async () => {
    const { run, ...store } = await filledStore()
    await store.put('/turns/t3', '=HYPERLINK("http://x")', { entry: { contentType: 'text/plain' } })
    const { stdout } = await run('/turns', '--format', 'csv')
    const lines = stdout.split('\r\n')
    expect(lines[0]).toBe('path,version,kind,contentType,size,time,writer,encoding,value')
    expect(lines[2]).toMatch(/^\/turns\/t1,1,turn,application\/json,17,.*,api@h1:7,json,"\{""n"":1,""s"":""a,b""\}"$/)
    expect(lines[3]).toMatch(/,text,"two\nlines"$/)
    expect(lines[4]).toMatch(/,text,"'=HYPERLINK\(""http:\/\/x""\)"$/)
  })

  test('md is a table in which nothing is a link, a column or HTML', async () => {
    const store = await fixtureStore()
    await store.put('/r', 'a | b `c` [l](http://x) <b>', { entry: { contentType: 'text/plain' } })
    const { stdout } = await runHere(['--store', store.url, 'export', '/r', '--format', 'md'])
    const [head, rule, row] = stdout.split('\n')
    expect(head).toBe('| path | version | kind | size | time | writer | value |')
    expect(rule).toMatch(/^\| --- \|/)
    expect(row).toMatch(/\| `` a \\\| b `c` \[l\]\(http:\/\/x\) <b> `` \|$/)
  })

  test('hostile bytes are escaped in every format', async () => {
    const store = await fixtureStore()
    const evil = '\u001b]52;c;aGk=\u0007\u202e\u009b31m'
    await store.put('/r', evil, { writer: { service: evil, host: evil, pid: 1 } })
    for (const format of ['jsonl', 'csv', 'md']) {
      const { stdout } = await runHere(['--store', store.url, 'export', '/r', '--format', format])
      expect(stdout).not.toBe('')
      expectHarmless(stdout.replaceAll('\r\n', '\n'))
    }
  })

  test('-o leaves a whole file or none', async () => {
    const { run, root } = await filledStore()
    const directory = await temporaryDirectory()
    const file = join(directory, 'out.jsonl')
    expect(await run('/turns', '-o', file)).toEqual({ exitCode: 0, stdout: '', stderr: '' })
    expect(checkedRows(await readFile(file, 'utf8'))).toHaveLength(3)
    expect(await run('/none', '-o', file)).toMatchObject({ exitCode: 3 })
    expect(checkedRows(await readFile(file, 'utf8'))).toHaveLength(3)
    expect(await run('/turns', '-o', join(directory, 'no', 'such'))).toMatchObject({ exitCode: 7 })
    expect(await readdir(directory)).toEqual(['out.jsonl'])
    await truncate(join(root, 'records/turns/t1/+record/v/1'), 5)
    const { exitCode, stderr } = await run('/turns', '-o', file)
    expect(exitCode).toBe(8)
    expect(stderr).toContain('/turns/t1')
    expect(checkedRows(await readFile(file, 'utf8'))).toHaveLength(2)
  })

  test('records and traces each have their own formats', async () => {
    const { run } = await filledStore()
    expect(await run('--format', 'chrome-trace')).toMatchObject({ exitCode: 2 })
    expect(await run('--trace', 'x.castrace.jsonl', '--format', 'csv')).toMatchObject({ exitCode: 2 })
    expect(await run('--format', 'xml')).toMatchObject({ exitCode: 2 })
  })
})

test('a signal in the middle of an output leaves no part of it behind', async () => {
  const directory = await temporaryDirectory()
  const script = `
    import { OutputFile } from '@latchless/inspector'
    process.once('SIGTERM', () => process.exit(143))
    const file = await OutputFile.open({}, process.argv[1])
    await file.write('half')
    process.kill(process.pid, 'SIGTERM')
    setInterval(() => {}, 1000)`
  const args = [...COMMAND.slice(1, -1), '--input-type=module', '--eval', script, join(directory, 'all.jsonl')]
  const { exitCode, stderr } = await execa(process.execPath, args, { cwd: import.meta.dirname, reject: false })
  expect(stderr).toBe('')
  expect(exitCode).toBe(143)
  expect(await readdir(directory)).toEqual([])
})
