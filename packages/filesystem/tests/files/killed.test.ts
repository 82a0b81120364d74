import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { systemRuntime } from '@latchless/filesystem'
import { isTemporary, nodeFiles, writeFileAtomic } from '@latchless/filesystem/files'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from './directory.ts'

const run = promisify(execFile)
const killed = fileURLToPath(new URL('killed-writer.ts', import.meta.url))
const storming = new URL('storming-writer.ts', import.meta.url)
const [OLD, NEW] = ['old', 'new '.repeat(1000)]

/** A runtime whose wall clock is ahead, so that what dead writers left is old enough to be swept. */
const later = (minutes: number) => ({
  ...systemRuntime,
  wallMs: () => systemRuntime.wallMs() + minutes * 60_000 + 1000,
})
const temporariesIn = async (directory: string) => (await readdir(directory)).filter(isTemporary)

async function dieAt(file: string, nth: number, moment: string, exclusive: string): Promise<'killed' | 'done'> {
  try {
    const { stdout } = await run(process.execPath, [...process.execArgv, killed, file, `${nth}`, moment, exclusive])
    expect(stdout).toBe('done')
    return 'done'
  } catch (error) {
    expect(error).toMatchObject({ signal: 'SIGKILL' })
    return 'killed'
  }
}

describe('A writer that is killed', () => {
  it.each([
    ['before', 'replace'],
    ['after', 'exclusive'],
  ])('%s any of its calls (%s) leaves the old content or the new, and the next writer sweeps', async (moment, mode) => {
    let left = 0
    for (let nth = 0; ; nth++) {
      const directory = await temporaryDirectory()
      const file = join(directory, 'file')
      if (mode === 'replace') await writeFile(file, OLD)
      const outcome = await dieAt(file, nth, moment, mode)
      expect([mode === 'replace' ? OLD : undefined, NEW]).toContain(await readFile(file, 'utf8').catch(() => undefined))
      if (outcome === 'done') break
      const before = await temporariesIn(directory)
      left += before.length
      // Its maker is dead, which is enough a minute later.
      for (const [minutes, expected] of [
        [0, before],
        [1, []],
      ] as const) {
        await writeFileAtomic(join(directory, 'other'), 'x', { files: { ...nodeFiles }, runtime: later(minutes) })
        expect(await temporariesIn(directory)).toEqual(expected)
      }
    }
    expect(left).toBeGreaterThan(2)
  })

  it('while another writes and readers read tears nothing', async () => {
    const directory = await temporaryDirectory()
    const file = join(directory, 'file')
    await writeFileAtomic(file, 'a'.repeat(200_000))
    let seen = new Set<string>()
    for (let round = 0; round < 4; round++) {
      const writers = ['ab', 'cd'].map((letters) => fork(storming, [file, letters]))
      try {
        seen = new Set()
        for (let reads = 0; reads < 100 || seen.size < 4; reads++) {
          const content = await readFile(file, 'latin1')
          expect(content === (content[0] ?? '').repeat(200_000), 'a torn read').toBe(true)
          seen.add(content[0] ?? '')
        }
      } finally {
        for (const writer of writers) {
          writer.kill('SIGKILL')
          await once(writer, 'exit')
        }
      }
    }
    expect(seen).toEqual(new Set('abcd'))
    await writeFileAtomic(file, 'z', { files: { ...nodeFiles }, runtime: later(1) })
    expect(await readdir(directory)).toEqual(['file'])
  })
})

describe('Sweeping', () => {
  it('leaves alone what a living writer made until it is an hour old, and all that is no temporary file', async () => {
    const directory = await temporaryDirectory()
    const file = join(directory, 'file')
    const mine = `.file.${process.pid}.0123456789abcdef.tmp`
    const others = ['.file.tmp', 'file.0123456789abcdef.tmp', '.file.0123456789abcde.tmp']
    for (const name of [mine, ...others]) await writeFile(join(directory, name), 'half')
    await writeFileAtomic(file, 'x', { files: { ...nodeFiles }, runtime: later(59) })
    expect(await temporariesIn(directory)).toEqual([mine])
    await writeFileAtomic(file, 'x', { files: { ...nodeFiles }, runtime: later(60) })
    expect(new Set(await readdir(directory))).toEqual(new Set(['file', ...others]))
  })

  it('never removes a file whose name has no process number, as other programs make them', async () => {
    const directory = await temporaryDirectory()
    const vault = '.vault.0123456789abcdef.tmp'
    await writeFile(join(directory, vault), 'of another program')
    await writeFileAtomic(join(directory, 'file'), 'x', { files: { ...nodeFiles }, runtime: later(24 * 60) })
    expect(await readdir(directory)).toEqual([vault, 'file'])
  })

  it('does not keep a write from being done when the directory cannot be read', async () => {
    const directory = await temporaryDirectory()
    const files = { ...nodeFiles, readdir: () => Promise.reject(new Error('planted')) }
    await writeFileAtomic(join(directory, 'file'), 'x', { files })
    expect(await readFile(join(directory, 'file'), 'utf8')).toBe('x')
  })
})
