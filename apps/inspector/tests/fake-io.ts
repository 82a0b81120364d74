import { type Io, outputSchemas, runCli } from '@latchless/inspector'
import { rowsOf } from './inspector-process.ts'

export interface FakeIoOptions {
  /** Whether stdout and stderr are terminals. */
  readonly isTTY?: boolean
  readonly columns?: number
  readonly env?: Record<string, string>
  readonly cwd?: string
  /** What is piped in. Without it stdin is a terminal. */
  readonly stdin?: string
  /** What the person at the terminal answers. Without it nobody is there. */
  readonly answer?: (question: string) => string | Promise<string>
  /** Told of everything that is printed to stdout, as soon as it is. */
  readonly onOutput?: (text: string) => void
}

export interface InProcess {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line in this process with made-up streams, and with no configuration of the person who runs the tests. */
export async function runHere(argv: readonly string[], options: FakeIoOptions = {}): Promise<InProcess> {
  const printed = { stdout: '', stderr: '' }
  const { isTTY = false, columns, env = {}, cwd = '/', stdin, answer } = options
  const sink = (name: keyof typeof printed) => ({
    isTTY,
    columns,
    write: async (chunk: string | Uint8Array) => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
      printed[name] += text
      if (name === 'stdout') options.onOutput?.(text)
    },
  })
  const io: Io = {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    stdin: {
      isTTY: stdin === undefined,
      async *[Symbol.asyncIterator]() {
        yield Buffer.from(stdin ?? '')
      },
    },
    env,
    cwd,
    openTerminal: () => undefined,
    ask: async (question) => answer?.(question),
  }
  const exitCode = await runCli(argv, io)
  return { exitCode, ...printed }
}

type SchemaName = keyof typeof outputSchemas

/** The rows of an output, each of which must be what `inspector schema` promises for its type. */
export function checkedRows(ndjson: string): Record<string, unknown>[] {
  return rowsOf(ndjson).map((row) => {
    const { type } = row as { type: SchemaName }
    outputSchemas[type].parse(row)
    return row as Record<string, unknown>
  })
}
