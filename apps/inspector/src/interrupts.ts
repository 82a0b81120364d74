import { EXIT, type ExitCode } from './exit-codes.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** While it is held, the first SIGINT or SIGTERM asks to come to an end instead of ending the process. */
export interface Interrupts extends Disposable {
  readonly signal: AbortSignal
  /** What the process should exit with, when it was asked. */
  readonly exitCode: ExitCode | undefined
}

/** Takes the place of what listens to these signals until it is disposed of; a second signal goes to them again. */
export function holdInterrupts(): Interrupts {
  const asked = new AbortController()
  let exitCode: ExitCode | undefined
  const before = SIGNALS.map((name) => ({ name, listeners: process.listeners(name) }))
  const restore = () => {
    process.off('SIGINT', onInterrupt)
    process.off('SIGTERM', onTerminate)
    for (const { name, listeners } of before) {
      for (const listener of listeners) if (!process.listeners(name).includes(listener)) process.on(name, listener)
    }
  }
  const ask = (code: ExitCode) => {
    exitCode = code
    restore()
    asked.abort()
  }
  const onInterrupt = () => ask(EXIT.interrupted)
  const onTerminate = () => ask(EXIT.terminated)
  for (const { name, listeners } of before) for (const listener of listeners) process.off(name, listener)
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onTerminate)
  return {
    signal: asked.signal,
    get exitCode() {
      return exitCode
    },
    [Symbol.dispose]: restore,
  }
}
