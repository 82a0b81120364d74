import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { clipboardSequence, copyText } from '@latchless/inspector'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'

function surroundings(env: Record<string, string>, platform: NodeJS.Platform = 'linux') {
  const written: string[] = []
  return { written, env, platform, write: (sequence: string) => void written.push(sequence) }
}

test('without a clipboard program the terminal is asked to take the text (OSC 52)', async () => {
  const around = surroundings({})
  expect(await copyText('/turns/日', 'path', around)).toBe('copied path, 10 bytes, if the terminal allows it (OSC 52)')
  expect(around.written).toEqual([`\u001b]52;c;${Buffer.from('/turns/日').toString('base64')}\u0007`])
})

test('inside tmux the sequence is wrapped, so that tmux passes it on', () => {
  expect(clipboardSequence('a', true)).toBe('\u001bPtmux;\u001b\u001b]52;c;YQ==\u0007\u001b\\')
})

test('over SSH the clipboard of this machine is left alone', async () => {
  const around = surroundings({ SSH_TTY: '/dev/pts/1', DISPLAY: ':0', WAYLAND_DISPLAY: 'wayland-0' })
  expect(await copyText('x', 'value', around)).toContain('OSC 52')
})

test('what a terminal would refuse goes into a file of this user, and its path is told', async () => {
  const around = surroundings({ SSH_TTY: '/dev/pts/1' })
  const said = await copyText('x'.repeat(80_000), 'value', around)
  const [, file = ''] = /are in (\S+)$/.exec(said) ?? []
  onTestFinished(() => rm(dirname(file), { recursive: true }))
  expect((await readFile(file, 'utf8')).length).toBe(80_000)
  expect(around.written).toEqual([])
})

test('a clipboard program of this machine is given the text, and one that fails is not believed', async () => {
  const directory = await temporaryDirectory()
  const taken = join(directory, 'taken')
  await writeFile(join(directory, 'wl-copy'), '#!/bin/sh\nexit 1\n')
  await writeFile(join(directory, 'xclip'), `#!/bin/sh\ncat > ${taken}\n`)
  for (const program of ['wl-copy', 'xclip']) await chmod(join(directory, program), 0o755)
  const PATH = `${directory}:${process.env['PATH']}`
  const around = surroundings({ PATH, DISPLAY: ':0', WAYLAND_DISPLAY: 'wayland-0' })
  expect(await copyText('hello', 'value', around)).toBe('copied value, 5 bytes, with xclip')
  expect(await readFile(taken, 'utf8')).toBe('hello')
  expect(around.written).toEqual([])
})
