import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'

// From sources the inspector is a source too; from the build it is built.
const isSource = import.meta.url.endsWith('.ts')
const inspector = fileURLToPath(
  new URL(`../../../apps/inspector/${isSource ? 'src/main.ts' : 'dist/main.js'}`, import.meta.url),
)

/**
 * Asks whether to look at the trace, and opens it in the inspector's replay screen. Asks nobody where no person is: without a
 * terminal, and in CI.
 */
export async function offerReplay(tracePath: string, storeUrl: string, signal: AbortSignal): Promise<void> {
  const isPerson = process.stdin.isTTY && process.stdout.isTTY && !process.env['CI'] && process.env['TERM'] !== 'dumb'
  if (!isPerson || !(await isWanted(signal))) return
  // Flags such as --conditions have to reach it, so that it loads the same code.
  const args = [...process.execArgv, inspector, 'replay', tracePath]
  // Not as an argument: the URL may hold a password, and arguments can be seen by everybody on the machine.
  const env = { ...process.env, INSPECTOR_STORE: storeUrl }
  const child = spawn(process.execPath, args, { stdio: 'inherit', env })
  await once(child, 'close')
}

async function isWanted(signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    // Ctrl-C answers the question here, and would otherwise be lost in the line editor.
    terminal.once('SIGINT', () => terminal.close())
    const closed = once(terminal, 'close').then(() => '')
    const asked = terminal.question('\nLook at its trace in the inspector? [y/N] ', { signal }).catch(() => {
      signal.throwIfAborted()
      return ''
    })
    const answer = await Promise.race([asked, closed])
    return /^y(?:es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}
