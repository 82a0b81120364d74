import { type AppendResult, DEFAULT_LIMITS, FilesystemError, type OperationOptions } from '@latchless/filesystem'
import { AppendQueue } from '@latchless/filesystem/testing'
import { describe, expect, test } from 'vitest'

interface Sent {
  readonly log: string
  readonly bodies: readonly Uint8Array[]
  readonly options: OperationOptions
  /** Lets the batch land, or fail. */
  readonly settle: (error?: Error) => void
}

/** A queue before a store that lands a batch when it is told to. */
function queueWith(limits: Partial<typeof DEFAULT_LIMITS> = {}) {
  const sent: Sent[] = []
  const lengths = new Map<string, number>()
  const queue = new AppendQueue(
    async (log, bodies, options): Promise<AppendResult> => {
      const settled = Promise.withResolvers<void>()
      sent.push({ log, bodies, options, settle: (error) => (error ? settled.reject(error) : settled.resolve()) })
      await settled.promise
      const first = (lengths.get(log) ?? 0) + 1
      lengths.set(log, first + bodies.length - 1)
      return { first, last: first + bodies.length - 1 }
    },
    { ...DEFAULT_LIMITS, ...limits },
  )
  const append = (log: string, texts: readonly string[], options: OperationOptions = {}) =>
    queue.append(
      log,
      texts.map((text) => Buffer.from(text)),
      options,
    )
  return { queue, sent, append }
}

function textsOf(sent: Sent | undefined): string[] {
  return (sent?.bodies ?? []).map((body) => Buffer.from(body).toString())
}

/** Lets what can go on without the store go on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('AppendQueue', () => {
  test('writes to an idle log at once', () => {
    const { sent, append } = queueWith()
    void append('/log', ['a'])
    expect(sent.map(textsOf)).toEqual([['a']])
  })

  test('makes one batch of what arrives while one is in flight, and tells each its own numbers', async () => {
    const { sent, append } = queueWith()
    const appends = [append('/log', ['a']), append('/log', ['b', 'c']), append('/log', ['d'])]
    sent[0]?.settle()
    await settled()
    expect(sent.map(textsOf)).toEqual([['a'], ['b', 'c', 'd']])
    sent[1]?.settle()
    expect(await Promise.all(appends)).toEqual([
      { first: 1, last: 1 },
      { first: 2, last: 3 },
      { first: 4, last: 4 },
    ])
    void append('/log', ['e'])
    expect(sent).toHaveLength(3)
  })

  test('lets no log wait for another', () => {
    const { sent, append } = queueWith()
    void append('/one', ['a'])
    void append('/two', ['b'])
    expect(sent.map(({ log }) => log)).toEqual(['/one', '/two'])
  })

  test('keeps a batch within the limits of one append, and splits none', async () => {
    const { sent, append } = queueWith({ appendEntriesMax: 3, bodyBytesMax: 10 })
    const given = [['x'], ['a', 'b'], ['c', 'd'], ['1'], ['0123456789'], ['e']]
    const appends = given.map((texts) => append('/log', texts))
    for (let n = 0; n < 5; n++) {
      sent[n]?.settle()
      await settled()
    }
    await Promise.all(appends)
    expect(sent.map(textsOf)).toEqual([['x'], ['a', 'b'], ['c', 'd', '1'], ['0123456789'], ['e']])
  })

  test('rejects the appends of a failed batch with its error, and goes on', async () => {
    const { sent, append } = queueWith()
    const appends = [append('/log', ['a']), append('/log', ['b']), append('/log', ['c'])]
    const results = Promise.allSettled(appends)
    sent[0]?.settle()
    await settled()
    const error = new Error('Cannot append: the disk is full')
    sent[1]?.settle(error)
    const later = append('/log', ['d'])
    await settled()
    sent[2]?.settle()
    expect(await later).toEqual({ first: 2, last: 2 })
    expect(
      (await results).map((result) => (result.status === 'rejected' ? (result.reason as unknown) : 'landed')),
    ).toEqual(['landed', error, error])
  })

  test('never sends an append whose signal fires while it waits', async () => {
    const { sent, append } = queueWith()
    const controller = new AbortController()
    const first = append('/log', ['a'])
    const aborted = append('/log', ['never'], { signal: controller.signal })
    const results = Promise.allSettled([aborted])
    const last = append('/log', ['b'])
    controller.abort()
    sent[0]?.settle()
    expect((await results)[0]).toMatchObject({ reason: { code: 'aborted', retry: 'safe' } })
    await settled()
    sent[1]?.settle()
    await Promise.all([first, last])
    expect(sent.map(textsOf)).toEqual([['a'], ['b']])
  })

  test('ends when all that waited was aborted', async () => {
    const { sent, append } = queueWith()
    const signal = AbortSignal.abort()
    await expect(append('/log', ['never'], { signal })).rejects.toBeInstanceOf(FilesystemError)
    void append('/log', ['a'])
    expect(sent.map(textsOf)).toEqual([['a']])
  })

  test('hands on the signal of an append that is alone, and of none that is not', async () => {
    const { sent, append } = queueWith()
    const { signal } = new AbortController()
    const appends = [append('/log', ['a'], { signal }), append('/log', ['b'], { signal }), append('/log', ['c'])]
    sent[0]?.settle()
    await settled()
    sent[1]?.settle()
    await Promise.all(appends)
    expect(sent.map(({ options }) => options.signal)).toEqual([signal, undefined])
  })

  test('sends a batch on the critical lane when one of its appends is critical', async () => {
    const { sent, append } = queueWith()
    const appends = [append('/log', ['a']), append('/log', ['b']), append('/log', ['c'], { lane: 'critical' })]
    sent[0]?.settle()
    await settled()
    sent[1]?.settle()
    await Promise.all(appends)
    expect(sent.map(({ options }) => options.lane)).toEqual(['normal', 'critical'])
  })

  test('takes the bodies when it is called', async () => {
    const { queue, sent, append } = queueWith()
    const first = append('/log', ['a'])
    const body = Buffer.from('b')
    const second = queue.append('/log', [body], {})
    body.fill('!')
    sent[0]?.settle()
    await settled()
    sent[1]?.settle()
    await Promise.all([first, second])
    expect(textsOf(sent[1])).toEqual(['b'])
  })

  test('lets an append that waits go as soon as its signal fires', async () => {
    const { sent, append } = queueWith()
    const first = append('/log', ['a'])
    const controller = new AbortController()
    const waiting = append('/log', ['b'], { signal: controller.signal })
    const behind = append('/log', ['c'])
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted', retry: 'safe' })
    sent[0]?.settle()
    expect(await first).toEqual({ first: 1, last: 1 })
    await settled()
    sent[1]?.settle()
    expect(await behind).toEqual({ first: 2, last: 2 })
    expect(sent.map(textsOf)).toEqual([['a'], ['c']])
  })

  test('refuses more than it would ever get done', async () => {
    const { sent, append } = queueWith({ appendEntriesMax: 10_000 })
    const first = append('/log', ['a'])
    const waiting = Array.from({ length: 10_000 }, () => append('/log', ['b']))
    await expect(append('/log', ['c'])).rejects.toMatchObject({ code: 'unavailable', retry: 'safe' })
    sent[0]?.settle()
    await first
    await settled()
    sent[1]?.settle()
    await Promise.all(waiting)
  })
})
