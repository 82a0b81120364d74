import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Stream } from 'node:stream'
import { InspectorError } from '../inspector-error.ts'

/**
 * Shows bytes in `$VISUAL`, `$EDITOR` or `less`, in a temporary file of this user's own. Whatever is written into it is thrown
 * away.
 *
 * @throws {InspectorError} `refused` when the program cannot be started or fails.
 */
export async function editReadOnly(
  name: string,
  bytes: Uint8Array,
  env: Env,
  stdin: Stream,
  withTerminal: (run: () => Promise<void>) => Promise<unknown>,
): Promise<void> {
  const program = env['VISUAL'] ?? env['EDITOR'] ?? 'less'
  const directory = await mkdtemp(join(tmpdir(), 'latchless-inspector-'))
  try {
    const file = join(directory, `value${name.replaceAll(/[^\w.-]/g, '_').slice(-64)}`)
    await writeFile(file, bytes, { mode: 0o400 })
    await withTerminal(() => run(program, file, env, stdin))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

type Env = Readonly<Record<string, string | undefined>>

function run(program: string, file: string, env: Env, stdin: Stream): Promise<void> {
  return new Promise((resolve, reject) => {
    // An editor may be set with arguments, as `code --wait`.
    const [command = program, ...args] = program.split(/\s+/)
    // A pager must not run a program that the name of the file asks for, nor one that a slip of the finger does, and must not
    // be told to pass control characters on.
    const careful = { ...env, LESS: '', LESSOPEN: undefined, LESSCLOSE: undefined, LESSSECURE: '1' }
    const child = spawn(command, [...args, file], { stdio: [stdin, 'inherit', 'inherit'], env: careful })
    child.once('error', (cause) =>
      reject(
        new InspectorError('refused', `Cannot start ${JSON.stringify(command)}: ${cause.message}`, 'set EDITOR', {
          cause,
        }),
      ),
    )
    child.once('close', () => resolve())
  })
}
