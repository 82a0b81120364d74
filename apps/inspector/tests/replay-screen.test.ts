import { appendFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MemoryFilesystem } from '@latchless/filesystem'
import { beforeEach, describe, expect, test } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'
import { randomTraceLines } from './random-trace.ts'
import { recordStorm } from './storm.ts'
import { duelLines, HEAD, type Line, MS, read, traceFile, traceText, won } from './trace-lines.ts'
import { openShell, type OpenShell, type ShellOptions } from './tui-shell.ts'

const A = { w: 'alpha@h/1', op: 'opA' }
const B = { w: 'beta@h/2', op: 'opB' }

const DUEL = duelLines(A, B)

async function openReplay(files: readonly string[], options: Partial<ShellOptions> = {}): Promise<OpenShell> {
  const store = await MemoryFilesystem.open()
  const shell = openShell({ store, ...options, destination: { to: 'replay', files } })
  if (files.length > 0) await shell.shows(/lanes by|lane /)
  return shell
}

describe('the replay screen', () => {
  let file: string

  beforeEach(async () => {
    file = await traceFile(traceText(DUEL))
  })

  test('shows lanes by writer, the versions of the record and how many there are', async () => {
    const shell = await openReplay([file])
    expect(shell.text()).toContain('2 writers  1 records  10 events')
    expect(shell.text()).toMatch(/▶alpha +│ +┃═+◆/)
    expect(shell.text()).toMatch(/ beta +│ +┃═+✗~+═+◆/)
    expect(shell.text()).toMatch(/version +│.*◆5.*◆6/)
  })

  test('steps to a conflict, says who won, and goes there', async () => {
    const shell = await openReplay([file])
    shell.press('L')
    expect(shell.text()).toContain('selected: beta, update opB, attempt 1 of 2')
    expect(shell.text()).toContain('lost to alpha, which had the same v4 and made v5 at 0.030 s (13 ms sooner)')
    shell.press('<enter>')
    expect(shell.text()).toContain('selected: alpha, update opA, attempt 1 of 1')
    expect(shell.text()).toContain('at the cursor, 0.030000 s')
  })

  test('shows after stepping back what it showed before', async () => {
    const shell = await openReplay([file])
    const frames: string[] = []
    for (let n = 0; n < 8; n++) {
      frames.push(shell.text())
      shell.press('l')
    }
    for (const frame of frames.slice(1).toReversed()) {
      shell.press('h')
      expect(shell.text()).toBe(frame)
    }
  })

  test('tells how things stood at the cursor', async () => {
    const shell = await openReplay([file])
    shell.press(':goto 35ms<enter>')
    expect(shell.text()).toContain('in flight  beta over v4 (1 behind: doomed)')
    expect(shell.text()).toContain('so far  1 won  0 lost')
    shell.press(':goto 50ms<enter>')
    expect(shell.text()).toContain('waiting  beta 10 ms left')
    shell.press(':goto v99<enter>')
    expect(shell.text()).toContain('Cannot go to v99: no event tells of it')
  })

  test('keeps to a lane with . and , and to an update with J and K', async () => {
    const shell = await openReplay([file])
    shell.press('j..')
    expect(shell.text()).toContain('attempt 1 of 2')
    shell.press('J')
    expect(shell.text()).toContain('attempt 2 of 2')
    shell.press('K')
    expect(shell.text()).toContain('attempt 1 of 2')
    shell.press(',')
    expect(shell.text()).toContain('read v4 from 0.000 s to 0.006 s')
    shell.press('ggK')
    expect(shell.text()).toContain('there is no attempt of this update before this one')
  })

  test('zooms about the cursor, pans, and fits again', async () => {
    const shell = await openReplay([file])
    const lens = (): string => /, ([-\d.]+ s to [-\d.]+ s, .*? a column)/.exec(shell.text())?.[1] ?? ''
    const first = lens()
    shell.press('Lww')
    expect(lens()).not.toBe(first)
    expect(lens()).toMatch(/ µs a column/)
    const near = lens()
    shell.press('d')
    expect(lens()).not.toBe(near)
    shell.press('a')
    expect(lens()).toBe(near)
    shell.press('f')
    expect(lens()).toMatch(/2.0 ms a column/)
  })

  test('sets marks and goes between them and those of the trace', async () => {
    const marked = await traceFile(traceText([...DUEL, { e: 'mark', t: 20 * MS, label: 'deploy' }]))
    const shell = await openReplay([marked])
    shell.press('Lm')
    expect(shell.text()).toMatch(/m1.*m2/)
    shell.press('[')
    expect(shell.text()).toContain('at the cursor, 0.020000 s')
    shell.press(']')
    expect(shell.text()).toContain('at the cursor, 0.043000 s')
    shell.press(':goto m1<enter>')
    expect(shell.text()).toContain('at the cursor, 0.020000 s')
  })

  test('parts lanes by record and by update, and keeps to one record', async () => {
    const two = await traceFile(traceText([...DUEL, read(80 * MS, MS, 1, { ...A, op: 'opC', key: '/other' })]))
    const shell = await openReplay([two])
    shell.press('v')
    expect(shell.text()).toMatch(/▶\/k +│/)
    expect(shell.text()).toMatch(/ \/other +│/)
    shell.press('v')
    expect(shell.text()).toMatch(/opA +│[^]*opB +│[^]*opC +│/)
    shell.press('Lx')
    expect(shell.text()).toContain('versions of /k only')
    expect(shell.text()).not.toMatch(/opC +│/)
    shell.press('x')
    expect(shell.text()).toMatch(/opC +│/)
  })

  test('finds by name, on and back', async () => {
    const shell = await openReplay([file])
    shell.press('/opB<enter>')
    expect(shell.text()).toContain('selected: beta, update opB')
    shell.press('nn')
    const there = shell.text()
    shell.press('nN')
    expect(shell.text()).toBe(there)
    shell.press('/nobody<enter>')
    expect(shell.text()).toContain('nothing behind this is called so')
  })

  test('plays at a speed, jumps over idle time, and stops at the end without leaving', async () => {
    const idle = await traceFile(traceText([...DUEL, read(60_000 * MS, MS, 6, A)]))
    const shell = await openReplay([idle])
    shell.press('-- ')
    expect(shell.text()).toContain('playing 0.1x')
    shell.pass(50)
    expect(shell.text()).toContain('at the cursor, 0.005000 s')
    shell.pass(50)
    expect(shell.text()).toContain('at the cursor, 0.010000 s')
    shell.press('++')
    for (let n = 0; n < 3; n++) shell.pass(50)
    expect(shell.text()).toContain('at the cursor, 59.900000 s')
    for (let n = 0; n < 10; n++) shell.pass(50)
    expect(shell.text()).toContain('paused 1x  60.001 s / 60.001 s')
    expect(shell.exitCodes).toEqual([])
  })

  test('pauses when one steps', async () => {
    const shell = await openReplay([file])
    shell.press(' l')
    expect(shell.text()).toContain('paused')
    const frame = shell.text()
    shell.pass(500)
    expect(shell.text()).toBe(frame)
  })

  test('copies the event, and the command that tells of what is in sight', async () => {
    const shell = await openReplay([file])
    shell.press('LyY')
    await expect.poll(() => shell.copied).toHaveLength(2)
    expect(JSON.parse(shell.copied[0] ?? '')).toMatchObject({ event: 'cas', outcome: 'lost', base: 4, current: 5 })
    expect(shell.copied[1]).toMatch(/^inspector replay \S+ --stats --from 0\.0+s --to \d/)
  })

  test('says how to record one when there is none, and opens one', async () => {
    const shell = await openReplay([])
    expect(shell.text()).toContain('No trace is open')
    shell.press(`o${file}<enter>`)
    await shell.shows('2 writers')
    shell.press(':open /nowhere.jsonl<enter>')
    await shell.shows('there is no such file')
    expect(shell.text()).toContain('No trace is open')
  })

  test('tells of lost updates and of damage at once', async () => {
    const broken = await traceFile(`${traceText([...DUEL.slice(0, 5), won(20 * MS, MS, 4, 'wX', B)])}x\n`)
    const shell = await openReplay([broken])
    expect(shell.text()).toContain('1 BROKEN PROMISES  1 problems')
    expect(shell.text()).toContain('beta@h/2 and alpha@h/1 were both told that they made v5')
    expect(shell.text()).toMatch(/(?:alpha|beta) +│.*L/)
  })

  test('stands on the record and the update that it was opened for', async () => {
    const store = await MemoryFilesystem.open()
    const shell = openShell({ store, destination: { to: 'replay', files: [file], op: 'opB', path: '/k' } })
    await shell.shows('versions of /k only')
    expect(shell.text()).toContain('selected: beta, update opB')
  })

  test('follows a file while it grows, and keeps its place when one moves', async () => {
    const growing = join(await temporaryDirectory(), 'live.castrace.jsonl')
    const lineOf = (line: Line): string => `${JSON.stringify(line)}\n`
    await writeFile(growing, [HEAD, ...DUEL].map(lineOf).join(''))
    const shell = await openReplay([growing])
    shell.press('T')
    await expect.poll(() => (shell.pass(1000), shell.text())).toContain('live')
    await appendFile(growing, lineOf(read(900 * MS, MS, 7, A)))
    await expect.poll(() => (shell.pass(1000), shell.text()), { timeout: 10_000 }).toContain('0.901 s / 0.901 s')
    shell.press('h')
    const place = /at the cursor, \S+ s/.exec(shell.text())?.[0]
    await appendFile(growing, lineOf(read(950 * MS, MS, 8, A)))
    await expect.poll(() => (shell.pass(1000), shell.text()), { timeout: 10_000 }).toContain('/ 0.951 s')
    expect(shell.text()).toContain(`${place}`)
  })

  test('reads all files into a new trace when one is replaced, and stays at the same record, event and lane', async () => {
    const directory = await temporaryDirectory()
    const [first, second, next] = ['1', '2', 'next'].map((name) => join(directory, `${name}.castrace.jsonl`))
    const lines = [won(10 * MS, MS, 4, 'wA', A), won(30 * MS, MS, 5, 'wB', B)]
    await writeFile(first ?? '', traceText(lines, { ...HEAD, pid: 1 }))
    const others = [
      { ...A, key: '/other', op: 'opC' },
      { ...B, key: '/other', op: 'opD' },
    ]
    const otherLines = others.map((who, n) => won((10 + 10 * n) * MS, MS, 7 + n, `w${n}`, who))
    const unended = [{ ...HEAD, pid: 2 }, ...otherLines].map((line) => `${JSON.stringify(line)}\n`).join('')
    await writeFile(second ?? '', unended)
    const shell = await openReplay([first ?? '', second ?? ''])
    shell.press('v/opD<enter>xT')
    await expect.poll(() => (shell.pass(1000), shell.text())).toContain('live')
    shell.press('0n')
    const place = /versions of \/other only[^]*selected: beta, update opD[^]*at the cursor, \S+ s/
    expect(shell.text()).toMatch(place)
    const before = place.exec(shell.text())?.[0]
    // The same versions are made by other writes, and new names come first.
    const again = [
      won(0, MS, 1, 'w0', { w: 'zeta@h/9', op: 'op0', key: '/zero' }),
      won(10 * MS, MS, 4, 'wZ', B),
      won(12 * MS, MS, 5, 'wY', B),
    ]
    await writeFile(next ?? '', traceText(again, { ...HEAD, pid: 3 }))
    await rename(next ?? '', first ?? '')
    await expect.poll(() => (shell.pass(1000), shell.text()), { timeout: 10_000 }).toContain('3 records')
    expect(shell.text()).not.toContain('BROKEN')
    expect(place.exec(shell.text())?.[0]).toBe(before)
  })

  test('reads the trace again after it was out of sight, and stands where one stood', async () => {
    const growing = join(await temporaryDirectory(), 'live.castrace.jsonl')
    const lineOf = (line: Line): string => `${JSON.stringify(line)}\n`
    await writeFile(growing, [HEAD, ...DUEL].map(lineOf).join(''))
    const shell = await openReplay([growing])
    shell.press('Lmvxw')
    const before = shell.text()
    shell.press('1')
    await appendFile(growing, lineOf(read(65 * MS, MS, 5, { ...A, key: '/other' })))
    shell.press('3')
    await shell.shows('2 records  11 events')
    expect(shell.text().replace('2 records  11 events', '1 records  10 events').replace('│ 2.', '│ 1.')).toBe(before)
  })

  test('obeys a key that comes before the first frame with the trace as one that comes later', async () => {
    const quick = openShell({
      store: await MemoryFilesystem.open(),
      columns: 200,
      destination: { to: 'replay', files: [file] },
    })
    await expect.poll(() => quick.shell.facts).toContain('10 events')
    quick.shell.press('w')
    const slow = await openReplay([file], { columns: 200 })
    slow.press('w')
    expect(quick.text()).toBe(slow.text())
  })

  test('shows the part of the time and the record that it was opened for', async () => {
    const store = await MemoryFilesystem.open()
    const window = { from: '41ms', to: '50ms' }
    const shell = openShell({ store, destination: { to: 'replay', files: [file], window, path: '/k' } })
    await shell.shows('versions of /k only, 0.038 s to 0.053 s')
    expect(shell.text()).toContain('at the cursor, 0.041000 s')
    const wrong = openShell({ store, destination: { to: 'replay', files: [file], window: { from: 'soon' } } })
    await wrong.shows('Cannot go to "soon": expected')
    const absent = openShell({ store, destination: { to: 'replay', files: [file], path: '/nobody' } })
    await absent.shows('no event of the trace is about this record')
  })

  test('takes an update of very many attempts by as many writers', async () => {
    const lines = Array.from({ length: 130_000 }, (_, n) => won(n, 1, n, `w${n}`, { a: n + 1, w: `w${n}@h/1` }))
    const shell = await openReplay([await traceFile(traceText(lines))])
    shell.press('lf')
    expect(shell.text()).toContain('attempt 1 of 130000')
    expect(shell.text()).toContain('129980 more attempts')
  })

  test('cannot follow what is packed', async () => {
    const shell = await openReplay([file])
    shell.press(':open -<escape>')
    expect(shell.text()).not.toContain('live')
  })
})

describe.each([
  [60, 16],
  [80, 24],
  [100, 30],
  [200, 60],
])('in %i × %i cells', (columns, rows) => {
  const keys = 'LLwwvlHhdjjvo$0sfx. ,JKmv][?<escape>z'

  test('a frame is as wide and as high as the terminal after any key', async () => {
    const file = await traceFile(traceText(randomTraceLines(6, 200)))
    const shell = await openReplay([file], { columns, rows })
    shell.press(keys)
  })

  test('a trace cannot do anything to the terminal', async () => {
    const evil = '\u001b]0;owned\u0007\u202e日本\u200b'
    const lines = randomTraceLines(7, 60).map((line) => {
      const named = Object.fromEntries(
        ['op', 'w', 'key', 'by'].flatMap((name) => (name in line ? [[name, `${String(line[name])}${evil}`]] : [])),
      )
      return { ...line, ...named, ...('keys' in line ? { keys: [`/k${evil}`] } : {}) }
    })
    const file = await traceFile(
      traceText([...lines, { e: 'mark', t: 5, label: evil }, won(9, 1, 7, evil, { w: evil, next: 3 })]),
    )
    const shell = await openReplay([file], { columns, rows, ascii: true })
    shell.press(keys)
    const spoken = await openReplay([file], { columns: 200, rows, spoken: true })
    spoken.press(keys)
  })
})

test('read aloud it is sentences', async () => {
  const shell = await openReplay([await traceFile(traceText(DUEL))], { spoken: true, columns: 200 })
  shell.press('L')
  expect(shell.text()).toContain('lost to alpha, which had the same v4')
  expect(shell.text()).not.toMatch(/[═│◆✗▁]/)
})

test('a recorded storm can be walked from one end to the other', async () => {
  const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
  await recordStorm(file, { processes: 3, writers: 4, updatesEach: 5 })
  const shell = await openReplay([file])
  expect(shell.text()).not.toContain('BROKEN')
  shell.press('$')
  const end = shell.text()
  shell.press('0')
  expect(shell.text()).toContain('so far  0 won')
  shell.press('$')
  expect(shell.text()).toBe(end)
  expect(end).toContain('60 updates ended')
})
