import { describe, expect, test, vi } from 'vitest'
import { memoryStore, pathsOf } from './records-store.ts'
import { openShell } from './tui-shell.ts'

describe('a value', () => {
  test('is shown as a tree that folds, as text, as bytes and as what is known about it', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', { lines: [{ sku: 'abc' }] })
    const shell = openShell({ store: fs })
    await shell.shows('▸ 0: {1 key}')
    shell.press('+')
    expect(shell.text()).toContain('sku: "abc"')
    shell.press(':fold 1<enter>')
    expect(shell.text()).toContain('▸ lines: [1]')
    shell.press('v')
    expect(shell.text()).toContain('{"lines":[{"sku":"abc"}]}')
    shell.press('v')
    expect(shell.text()).toContain('00000000  7b 22 6c')
    shell.press('v')
    expect(shell.text()).toMatch(/content +application\/json/)
    shell.press('v')
    expect(shell.text()).toContain('▸ lines: [1]')
    shell.press('V')
    expect(shell.text()).toMatch(/write id +[\da-f]{8}/)
  })

  test('has parts that can be walked, folded and copied', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', { lines: [{ sku: 'abc' }], note: 'hello' })
    const shell = openShell({ store: fs })
    await shell.shows('note: "hello"')
    shell.press('y<tab>jj<enter>')
    expect(shell.text()).toContain('sku: "abc"')
    expect(shell.text()).toContain('/lines/0')
    shell.press('yYGyY<tab>Y')
    await vi.waitFor(() =>
      expect(shell.copied).toEqual([
        '/a',
        '/lines/0',
        '{\n  "sku": "abc"\n}',
        '/note',
        'hello',
        '{"lines":[{"sku":"abc"}],"note":"hello"}',
      ]),
    )
  })

  test('that is large is read in windows', async () => {
    const { fs, put } = await memoryStore()
    const line = `${'0123456789'.repeat(5)}\n`
    await put('/a', new TextEncoder().encode(line.repeat(8000)))
    const shell = openShell({ store: fs, columns: 160 })
    await shell.shows('bytes 0 to 65,536 of 408,000')
    shell.press('>')
    expect(shell.text()).toContain('bytes 65,536 to 131,072 of 408,000')
    shell.press(':offset 407k<enter>')
    expect(shell.text()).toContain('byte "407k": expected 0 to 407999')
    shell.press(':offset 300k<enter>')
    expect(shell.text()).toContain('bytes 307,200 to')
    shell.press('v')
    expect(shell.text()).toContain('[hex]')
    shell.press('<tab>G')
    expect(shell.text()).toContain('000639b0')
  })

  test('that is larger is read when it is asked for, and is too large for a tree', async () => {
    const { fs, put } = await memoryStore({ limits: { bodyBytesMax: 8 * 1024 * 1024 } })
    await put(
      '/large',
      Array.from({ length: 700_000 }, (_, at) => at),
    )
    await put('/small', { id: 1 })
    const shell = openShell({ store: fs, columns: 160 })
    await shell.shows(/4\.\dMi are not read unasked: v reads them/)
    shell.press('v')
    await shell.shows('[text]')
    shell.press('V')
    await shell.shows(/4\.\dMi are more than a tree is made of \(4\.0Mi\)/)
    shell.press('j')
    await shell.shows('id: 1')
  })

  test('goes to the editor as it is', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', { id: 1 })
    const shell = openShell({ store: fs })
    await shell.shows('id: 1')
    shell.press('e')
    await vi.waitFor(() => expect(shell.edited).toHaveLength(1))
    expect(Buffer.from(shell.edited[0]?.bytes ?? []).toString()).toBe('{"id":1}')
  })

  test('and everything around it may be hostile', async () => {
    const { fs, put } = await memoryStore()
    const evil = '\u001b]52;c;aGk=\u0007\u001b[2J\u009b31m\u202egnp.exe\r\n\u{e0041}'
    const writer = { service: evil, host: evil, pid: 1 }
    await put(
      '/evil\u202e\u200b/x',
      { [evil]: [evil, { [evil]: evil }] },
      { writer, updates: [{ opId: 'op\u202e', writer }] },
    )
    await put('/evil2', new TextEncoder().encode(evil), { writer })
    const shell = openShell({ store: fs, columns: 140 })
    await shell.shows('/evil\\u{202e}\\u{200b}/x')
    shell.press('j')
    await shell.shows('\\u001b')
    shell.press('+++vvv')
    await shell.shows(/\[meta\]/)
    shell.press('kvvv/evil<enter>m<tab>jjj<enter>ddd')
    await shell.shows('history')
    shell.press('uSvvvv|x')
    shell.resize(60, 16)
    shell.press('<tab>jjj')
  })
})

describe('an earlier time', () => {
  test('shows what was there, says so loudly, and ends', async () => {
    const { fs, put, remove } = await memoryStore()
    await put('/a', { n: 1 })
    await put('/gone', { n: 1 })
    const [first] = (await fs.history('/gone')).versions
    const thenMs = first?.info.time ?? 0
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(thenMs))
    await put('/a', { n: 2 })
    await put('/new', { n: 1 })
    await remove('/gone')
    const shell = openShell({ store: fs, nowMs: thenMs + 1000 })
    await shell.shows(/\/a +2/)
    expect(shell.text()).not.toContain('/gone')
    shell.press(`:asof ${new Date(thenMs).toISOString()}<enter>`)
    await shell.shows('AS OF')
    await shell.shows(/\/a +1 /)
    await shell.shows(/\/gone +1 /)
    await shell.shows(/\/new +not/)
    await shell.shows('n: 1')
    shell.press('/ver>1<enter>')
    await shell.shows('2 of 3 match as stored now')
    shell.press(':sort size<enter>')
    await shell.shows('matches by size as stored now')
    shell.press(':sort path<enter><escape>:asof now<enter>')
    await shell.shows(/\/a +2/)
    expect(shell.text()).not.toContain('AS OF')
    shell.press(':asof tomorrow<enter>')
    expect(shell.text()).toContain('expected -5m, 14:30')
  })
})

describe('watching', () => {
  test('renews rows at their place, counts new ones, and moves nothing', async () => {
    const { fs, put } = await memoryStore()
    for (const path of ['/a', '/c', '/d']) await put(path, { n: 1 })
    const shell = openShell({ store: fs })
    await shell.shows('▶ /a')
    shell.press('jw')
    await shell.shows('live')
    await put('/c', { n: 2 })
    await put('/b', { n: 1 })
    await shell.shows(/▶ \/c +2/)
    await shell.shows('n: 2')
    await shell.shows('live +1 (r reads)')
    expect(pathsOf(shell.lines())).toEqual(['/a', '/c', '/d'])
    shell.press('r')
    await shell.shows('/b')
    expect(shell.text()).toContain('▶ /c')
    shell.press('w')
    expect(shell.text()).not.toContain('live')
  })
})

test('a record that is written twice in quick succession while it is new is counted as new', async () => {
  const { fs, put } = await memoryStore()
  await put('/a', { n: 1 })
  const shell = openShell({ store: fs })
  await shell.shows('▶ /a')
  shell.press(':sort size<enter>w')
  await shell.shows('live')
  // It is told at once; what comes next is told together.
  await put('/a', { n: 2 })
  await shell.shows(/▶ \/a +2/)
  await put('/b', { n: 1 })
  await put('/b', { n: 2 })
  await shell.shows('live +1')
})

describe('deleting', () => {
  test('is not offered without --write', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', {})
    const shell = openShell({ store: fs })
    await shell.shows('▶ /a')
    shell.press('x')
    expect(shell.text()).not.toContain('Type /a')
    shell.press('?delete')
    expect(shell.text()).not.toContain('delete it')
  })

  test('takes the path, typed in full', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', {})
    const shell = openShell({ store: fs, writable: true })
    await shell.shows('▶ /a')
    shell.press('x<enter>')
    expect(shell.text()).toContain('Nothing was done')
    shell.press('/a<enter>')
    await shell.shows(/\/a +DEL +2/)
    expect(await fs.get('/a')).toMatchObject({ state: 'deleted' })
  })

  test('a record that was written meanwhile is a conflict, and stays', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', { n: 1 })
    const shell = openShell({ store: fs, writable: true })
    await shell.shows('▶ /a')
    shell.press('x')
    await put('/a', { n: 2 })
    shell.press('/a<enter>')
    await shell.shows(/Cannot delete "\/a": expected version 1.*found version 2/)
    expect(await fs.get('/a')).toMatchObject({ state: 'live' })
  })
})

test('marks are counted, copied together and found again', async () => {
  const { fs, put } = await memoryStore()
  for (const path of ['/a', '/b', '/c']) await put(path, {})
  const shell = openShell({ store: fs })
  await shell.shows('▶ /a')
  shell.press('mjj m')
  await shell.shows('1 marked')
  shell.press("my'")
  expect(shell.text()).toContain('▶•/a')
  await vi.waitFor(() => expect(shell.copied).toEqual(['/a\n/c']))
})

test('leads to the history and to the contention of a record, and back to where it was', async () => {
  const { fs, put } = await memoryStore()
  for (const path of ['/a', '/b']) await put(path, {})
  const shell = openShell({ store: fs })
  await shell.shows('▶ /a')
  shell.press('j<enter>')
  await shell.shows('/b ▸ history')
  shell.press('<escape>')
  await shell.shows('▶ /b')
  shell.press('c')
  await shell.shows('[4]Contention')
})
