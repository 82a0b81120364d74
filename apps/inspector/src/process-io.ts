import { openSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import { InspectorError } from './inspector-error.ts'
import { type Io, OutputClosedError, type Sink, type Source, type Terminal } from './io.ts'

/** The streams and environment of this process. */
export function processIo(): Io {
  return {
    stdout: streamSink(process.stdout),
    stderr: streamSink(process.stderr),
    stdin,
    env: process.env,
    cwd: process.cwd(),
    openTerminal,
    ask,
  }
}

function streamSink(stream: NodeJS.WriteStream): Sink {
  // The same error reaches the callback of `write`; unheard as an event it would end the process with a stack trace.
  stream.on('error', () => {})
  return {
    isTTY: stream.isTTY ?? false,
    get columns() {
      return stream.columns
    },
    write: (chunk) =>
      new Promise((resolve, reject) => {
        stream.write(chunk, (error) => {
          if (!error) resolve()
          else if ('code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED')) {
            reject(new OutputClosedError('Cannot print: the reader closed the stream'))
          } else reject(new InspectorError('refused', `Cannot print: ${error.message}`, undefined, { cause: error }))
        })
      }),
  }
}

// Opening stdin takes time and would hold a pipe open, so it is not looked at before somebody reads.
const stdin: Source = {
  get isTTY() {
    return process.stdin.isTTY ?? false
  },
  async *[Symbol.asyncIterator]() {
    for await (const chunk of process.stdin) yield Buffer.from(chunk as Uint8Array)
  },
}

async function ask(question: string): Promise<string | undefined> {
  const { stdin: input, stderr: output } = process
  if (!input.isTTY || !output.isTTY) return undefined
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input, output })
  // ctrl-c would only close the question.
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}

// With data piped into stdin, the keys come from the terminal itself.
function openTerminal(): Terminal | undefined {
  const { stdin, stdout } = process
  if (!stdout.isTTY) return undefined
  if (stdin.isTTY) return { stdin, stdout, [Symbol.dispose]: () => {} }
  try {
    const keys = new ReadStream(openSync('/dev/tty', 'r'))
    return { stdin: keys, stdout, [Symbol.dispose]: () => keys.destroy() }
  } catch {
    return undefined
  }
}
