import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { editReadOnly } from '@latchless/inspector'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'

test('a pager is given the bytes, and nothing of the environment that lets control characters or programs through', async () => {
  const directory = await temporaryDirectory()
  const [program, taken] = [join(directory, 'pager'), join(directory, 'taken')]
  await writeFile(program, `#!/bin/sh\n{ cat "$1"; echo; env; } > ${taken}\n`)
  await chmod(program, 0o755)
  const stdin = createReadStream('/dev/null')
  onTestFinished(() => void stdin.destroy())
  await once(stdin, 'open')
  const env = {
    PATH: process.env['PATH'],
    VISUAL: program,
    LESS: '-r',
    LESSOPEN: '|sh %s',
    LESSCLOSE: 'sh %s',
    TERM: 'dumb',
  }
  await editReadOnly('/a/b', Buffer.from('hello'), env, stdin, (run) => run())
  const lines = (await readFile(taken, 'utf8')).split('\n')
  expect(lines[0]).toBe('hello')
  expect(lines.filter((line) => line.startsWith('LESS')).toSorted()).toEqual(['LESS=', 'LESSSECURE=1'])
  expect(lines).toContain('TERM=dumb')
})
