import { type Io, OutputClosedError, type Sink } from './io.ts'

/** The streams and environment of this process. */
export function processIo(): Io {
  return { stdout: streamSink(process.stdout), stderr: streamSink(process.stderr), env: process.env }
}

function streamSink(stream: NodeJS.WriteStream): Sink {
  // The same error reaches the callback of `write`; unheard as an event it would end the process with a stack trace.
  stream.on('error', () => {})
  return {
    isTTY: stream.isTTY ?? false,
    write: (chunk) =>
      new Promise((resolve, reject) => {
        stream.write(chunk, (error) => {
          if (!error) resolve()
          else if ('code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED')) {
            reject(new OutputClosedError('Cannot print: the reader closed the stream'))
          } else reject(error)
        })
      }),
  }
}
