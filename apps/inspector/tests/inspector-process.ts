import { execa, type Options } from 'execa'
import { fileURLToPath } from 'node:url'

const entry = process.env['LATCHLESS_TEST_DIST']
  ? [fileURLToPath(new URL('../bundle/main.js', import.meta.url))]
  : ['--conditions=@latchless/source', fileURLToPath(new URL('../src/main.ts', import.meta.url))]

/** The words that start the inspector, for a shell. */
export const COMMAND = [process.execPath, ...entry]

export interface Ran {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs the inspector as a process, in pipes, with no store in its environment and no configuration of the person. */
export async function inspector(args: readonly string[], env: NonNullable<Options['env']> = {}): Promise<Ran> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [...entry, ...args], {
    reject: false,
    stripFinalNewline: false,
    stdin: 'ignore',
    env: {
      INSPECTOR_STORE: undefined,
      XDG_CONFIG_HOME: '/nonexistent',
      NO_COLOR: undefined,
      FORCE_COLOR: undefined,
      ...env,
    },
  })
  return { exitCode, stdout, stderr }
}

/** The lines of NDJSON, each of which must be harmless ASCII-controlled JSON. */
export function rowsOf(ndjson: string): unknown[] {
  return ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
}
