import type { Filesystem } from '@latchless/filesystem'
import { anything, exactly, LocalFilesystem, sequenceOf, VersionMismatch } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { entryOf } from './scenarios.ts'
import type { Gate } from './simulated-disk.ts'
import { OPEN_GATE, SimulatedDisk } from './simulated-disk.ts'
import { StallingGate } from './stalling-gate.ts'

const PATH = '/r'

async function open(disk: SimulatedDisk, gate: Gate = OPEN_GATE): Promise<Filesystem> {
  return await LocalFilesystem.open({ root: '/' }, { disk: disk.as(gate) })
}

describe('a writer that is stopped in the middle of a put', () => {
  test.each([0, 2])(
    'delays nobody and cannot win a version that was removed (keepVersions %i)',
    async (keepVersions) => {
      let stalls = 0
      for (let nth = 1; ; nth++) {
        const disk = new SimulatedDisk()
        const others = await open(disk)
        await others.put(PATH, entryOf('first'), anything, { keepVersions })
        const gate = new StallingGate()
        const stopped = await open(disk, gate)
        const head = await stopped.get(PATH)
        gate.stallAt(nth)
        const late = Promise.allSettled([stopped.put(PATH, entryOf('late'), exactly(head), { keepVersions })])
        const isStalled = await Promise.race([gate.stalled.then(() => true), late.then(() => false)])
        if (!isStalled) break
        stalls++

        const atStall = await others.get(PATH)
        const landed = atStall.state === 'live' && sequenceOf(atStall.version) === 2
        for (let count = 0; count < 40; count++)
          await others.put(PATH, entryOf(`n${count}`), anything, { keepVersions })
        const newest = await others.get(PATH)
        gate.release()
        const [result] = await late

        if (landed) expect(result).toMatchObject({ status: 'fulfilled' })
        else expect(result?.status === 'rejected' && result.reason).toBeInstanceOf(VersionMismatch)
        expect(await others.get(PATH)).toEqual(newest)
        expect((await others.history(PATH)).versions).toHaveLength(keepVersions + 1)
      }
      expect(stalls).toBeGreaterThan(5)
    },
  )

  test('leaves a temporary that the others remove', async () => {
    const disk = new SimulatedDisk()
    const others = await open(disk)
    await others.put(PATH, entryOf('first'), anything)
    const gate = new StallingGate()
    const stopped = await open(disk, gate)
    gate.stallAt(3)
    void stopped.put(PATH, entryOf('late'), anything)
    await gate.stalled
    const temporaries = async (): Promise<readonly string[]> => await disk.as(OPEN_GATE).names('records/r/+record/t')
    expect(await temporaries()).toHaveLength(1)
    for (let count = 0; count < 3; count++) await others.put(PATH, entryOf('n'), anything, { keepVersions: 0 })
    expect(await temporaries()).toHaveLength(0)
  })
})
