import { spawn } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIPBOARD_BYTES_MAX, clipboardSequence } from './clipboard.ts'

type Env = Readonly<Record<string, string | undefined>>

/** What copying needs of the process. */
export interface CopySurroundings {
  readonly env: Env
  readonly platform: NodeJS.Platform
  /** To the terminal. */
  write(sequence: string): void
}

/**
 * Puts text into the clipboard of the person at the terminal, and tells where it went: through a program of this machine where
 * its clipboard is theirs, else through the terminal, or into a file when it is too long for that.
 */
export async function copyText(text: string, what: string, surroundings: CopySurroundings): Promise<string> {
  const bytes = Buffer.byteLength(text)
  for (const [program, ...args] of localPrograms(surroundings)) {
    if (await isFedTo(program, args, text, surroundings.env)) return `copied ${what}, ${bytes} bytes, with ${program}`
  }
  if (bytes <= CLIPBOARD_BYTES_MAX) {
    surroundings.write(clipboardSequence(text, Boolean(surroundings.env['TMUX'])))
    return `copied ${what}, ${bytes} bytes, if the terminal allows it (OSC 52)`
  }
  // The directory is this user's own, and stays for them to fetch the file from.
  const file = join(await mkdtemp(join(tmpdir(), 'latchless-inspector-')), 'copied')
  await writeFile(file, text, { mode: 0o600 })
  return `${what} is too long for the terminal's clipboard: its ${bytes} bytes are in ${file}`
}

type Program = readonly [program: string, ...args: string[]]

// Over SSH the clipboard of this machine is not that of the person.
function localPrograms({ env, platform }: CopySurroundings): readonly Program[] {
  if (env['SSH_TTY'] || env['SSH_CONNECTION']) return []
  if (platform === 'darwin') return [['pbcopy']]
  return [
    ...(env['WAYLAND_DISPLAY'] ? [['wl-copy'] as const] : []),
    ...(env['DISPLAY'] ? [['xclip', '-selection', 'clipboard'] as const] : []),
  ]
}

/** Programs that answer at all answer at once; one that waits for a display that is gone does not. */
const PROGRAM_MS = 2000

function isFedTo(program: string, args: readonly string[], text: string, env: Env): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: ['pipe', 'ignore', 'ignore'], timeout: PROGRAM_MS })
    child.once('error', () => resolve(false))
    // It leaves a process behind that holds the text; its own end says that it took it.
    child.once('exit', (code) => resolve(code === 0))
    child.stdin.on('error', () => {})
    child.stdin.end(text)
  })
}
