import { MemoryFilesystem, unwritten } from '@latchless/filesystem'
import { createSimulation, seededRandom } from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'

const entry = { body: new Uint8Array([1]), contentType: 'text/plain' }

/** Three writers race to create a record, then sleep and read it. */
async function race(seed: number) {
  const simulation = createSimulation(seed)
  const memory = await MemoryFilesystem.open({ runtime: simulation.runtime })
  const results = await simulation.run(
    ['a', 'b', 'c'].map((name) => async () => {
      const store = simulation.interleave(memory, name)
      const won = await store.put('/x', entry, unwritten).then(
        () => true,
        () => false,
      )
      await simulation.runtime.sleep(simulation.runtime.random() * 10)
      await store.get('/x')
      return won ? name : undefined
    }),
  )
  const winners = results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed'))
  return { winner: winners.find((name) => name !== undefined), winners, trace: simulation.trace }
}

describe('createSimulation()', () => {
  it('makes the same choices for the same seed', async () => {
    const first = await race(7)
    const second = await race(7)
    expect(first.trace.length).toBeGreaterThan(10)
    expect(second).toEqual(first)
  })

  it('makes other choices for other seeds, so that each writer wins some', async () => {
    const winners = new Set<string | undefined>()
    for (let seed = 0; seed < 30; seed++) {
      const { winner, winners: all } = await race(seed)
      expect(all.filter((name) => name !== undefined)).toHaveLength(1)
      winners.add(winner)
    }
    expect(winners).toEqual(new Set(['a', 'b', 'c']))
  })

  it('finds the interleaving in which a read-modify-write loses an update', async () => {
    let lost = 0
    for (let seed = 0; seed < 20; seed++) {
      const simulation = createSimulation(seed)
      let counter = 0
      const increment = async () => {
        const base = counter
        await simulation.point('between read and write')
        counter = base + 1
      }
      await simulation.run([0, 1].map(() => () => simulation.point('begin').then(increment)))
      if (counter === 1) lost++
    }
    expect(lost).toBeGreaterThan(0)
    expect(lost).toBeLessThan(20)
  })

  it('starts a call and delivers its reply at points of their own', async () => {
    const simulation = createSimulation(1)
    const store = simulation.interleave(await MemoryFilesystem.open(), 'reader')
    await simulation.run([() => store.get('/x')])
    expect(simulation.trace).toEqual(['reader get /x starts', 'reader get /x ends'])
  })

  it('delivers a rejection as it delivers a reply', async () => {
    const simulation = createSimulation(1)
    const store = simulation.interleave(await MemoryFilesystem.open(), 'reader')
    const [result] = await simulation.run([() => store.get('not a path')])
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'invalid-argument' } })
    expect(simulation.trace.at(-1)).toBe('reader get not a path ends')
  })

  it('lets virtual time pass only when nothing else can happen', async () => {
    const { runtime, point, run } = bound(createSimulation(3))
    const order: string[] = []
    await run<unknown>([
      () => runtime.sleep(1).then(() => order.push(`slept until ${runtime.monotonicMs()}`)),
      async () => {
        for (let at = 0; at < 20; at++) await point('busy')
        order.push(`busy until ${runtime.monotonicMs()}`)
      },
      () => runtime.sleep(3_600_000).then(() => order.push(`slept until ${runtime.monotonicMs()}`)),
    ])
    expect(order).toEqual(['busy until 0', 'slept until 1', 'slept until 3600000'])
  })

  it('lets sleepers overtake calls when calls are to take time', async () => {
    const { runtime, point, run } = bound(createSimulation(3, { stallMsMax: 10 }))
    let busy = true
    const woken: boolean[] = []
    await run<unknown>([
      async () => {
        for (let at = 0; at < 100; at++) await point('busy')
        busy = false
      },
      () => runtime.sleep(5).then(() => woken.push(busy)),
      () => runtime.sleep(1000).then(() => woken.push(busy)),
    ])
    expect(woken).toEqual([true, false])
  })

  it('rejects a sleep with the reason of its signal', async () => {
    const { runtime, point, run } = bound(createSimulation(3))
    const controller = new AbortController()
    const reason = new Error('enough')
    const [slept] = await run<unknown>([
      () => runtime.sleep(1000, controller.signal),
      () => point('about to abort').then(() => controller.abort(reason)),
      () => runtime.sleep(1),
    ])
    expect(slept).toEqual({ status: 'rejected', reason })
    expect(runtime.monotonicMs()).toBe(1)
    await expect(runtime.sleep(1, controller.signal)).rejects.toBe(reason)
  })

  it('fails, and names the seed, when the tasks wait for something that it does not schedule', async () => {
    const simulation = createSimulation(42)
    const run = simulation.run([() => simulation.point('the last').then(() => new Promise(() => {}))])
    await expect(run).rejects.toThrow(
      'Cannot finish simulation of seed 42: 1 tasks wait for something that is not scheduled',
    )
    await expect(run).rejects.toThrow('the last')
  })

  it('fails when the tasks do not end', async () => {
    const simulation = createSimulation(42, { stepsMax: 50 })
    const forever = async () => {
      for (;;) await simulation.point('again')
    }
    await expect(simulation.run([forever])).rejects.toThrow('have not ended after 50 choices')
  })

  it('draws hex digits from the seed', () => {
    const hex = createSimulation(9).runtime.randomHex(16)
    expect(hex).toMatch(/^[0-9a-f]{32}$/)
    expect(createSimulation(9).runtime.randomHex(16)).toBe(hex)
    expect(createSimulation(10).runtime.randomHex(16)).not.toBe(hex)
  })
})

describe('seededRandom()', () => {
  it('spreads evenly', () => {
    const random = seededRandom(5)
    const counts = Array.from({ length: 8 }, () => 0)
    for (let draw = 0; draw < 8000; draw++) {
      const at = random.below(8)
      counts[at] = (counts[at] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  it('gives each stream of a seed its own numbers', () => {
    expect(seededRandom(5, 1).next()).not.toBe(seededRandom(5, 2).next())
  })
})

function bound(simulation: ReturnType<typeof createSimulation>) {
  const { runtime } = simulation
  return {
    runtime,
    point: (label: string) => simulation.point(label),
    run: <Result>(tasks: readonly (() => Promise<Result>)[]) => simulation.run(tasks),
  }
}
