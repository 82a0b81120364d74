import { atVersion, MemoryFilesystem, unwritten } from '@latchless/filesystem'
import {
  checkVersions,
  createSimulation,
  FaultScript,
  faulty,
  HistoryRecorder,
  recordFinal,
  type RecordedFinal,
  type RecordedOperation,
  type RecordedVersion,
} from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'

const path = '/counter'

function write(process: string, sequence: number | undefined, start: number, end?: number): RecordedOperation {
  const writeId = `${process}-${start}`
  return { process, path, type: 'write', start, end, sequence, writeId }
}

function read(process: string, sequence: number, start: number, end: number, writeId?: string): RecordedOperation {
  return { process, path, type: 'read', start, end, sequence, writeId }
}

function version(sequence: number, writeId: string): RecordedVersion {
  const previous = sequence > 1 ? `digest ${sequence - 1}` : undefined
  return { sequence, writeId, digest: `digest ${sequence}`, claims: { sequence, previous } }
}

/** Two writers and a reader, all as it should be. */
function correct(): { operations: RecordedOperation[]; final: RecordedFinal } {
  const operations = [
    read('a', 0, 0, 1),
    read('b', 0, 0, 2),
    write('a', 1, 3, 5),
    read('c', 1, 4, 6, 'a-3'),
    write('b', 2, 7, 9),
    read('c', 2, 10, 11, 'b-7'),
    write('a', 3, 12, 14),
    read('c', 3, 15, 16, 'a-12'),
  ]
  const versions = [version(1, 'a-3'), version(2, 'b-7'), version(3, 'a-12')]
  return { operations, final: { path, sequence: 3, versions, applied: { a: 2, b: 1 } } }
}

function conditions(operations: readonly RecordedOperation[], final: Partial<RecordedFinal> = {}): string[] {
  const finals = [{ ...correct().final, ...final }]
  return [...new Set(checkVersions({ operations, finals }).map((violation) => violation.condition))]
}

describe('checkVersions()', () => {
  it('accepts a correct history', () => {
    expect(conditions(correct().operations)).toEqual([])
  })

  it('reports a version that two writes were acknowledged as', () => {
    const { operations } = correct()
    expect(conditions([...operations, write('b', 3, 13, 17)])).toContain('unique-acknowledgements')
  })

  it('reports a write that was acknowledged as two versions', () => {
    const { operations } = correct()
    const twice = { ...write('a', 4, 12, 17), start: 15 }
    expect(conditions([...operations, twice], { sequence: 4 })).toContain('unique-acknowledgements')
  })

  it('reports a read of a version older than what an earlier call had seen', () => {
    const { operations } = correct()
    expect(conditions([...operations, read('d', 1, 17, 18, 'a-3')])).toEqual(['real-time-order'])
  })

  it('reports a write that began after a newer version had been seen', () => {
    const operations = [write('a', 2, 0, 1), write('b', 1, 2, 3)]
    const versions = [
      { sequence: 1, writeId: 'b-2' },
      { sequence: 2, writeId: 'a-0' },
    ]
    expect(conditions(operations, { sequence: 2, versions, applied: { a: 1, b: 1 } })).toEqual(['real-time-order'])
  })

  it('reports a read that ended before the write of its version began', () => {
    const { operations } = correct()
    expect(conditions([...operations, read('d', 2, 5, 6, 'b-7')])).toContain('no-future-reads')
  })

  it('reports a read that ended before the only write that can explain it began', () => {
    const operations = [read('c', 1, 0, 1), write('a', undefined, 2)]
    expect(conditions(operations, { sequence: 1, versions: [], applied: { a: 1 } })).toEqual(['no-future-reads'])
  })

  it('reports an acknowledged version behind the final one', () => {
    const { operations } = correct()
    const lost = write('b', 4, 17, 18)
    expect(conditions([...operations, lost], { applied: { a: 2, b: 2 } })).toContain('dense-versions')
  })

  it('reports a version that nobody wrote', () => {
    expect(conditions(correct().operations, { sequence: 4, applied: { a: 3, b: 1 } })).toContain('dense-versions')
  })

  it('reports a version that holds another write than the acknowledged one', () => {
    const versions = [version(1, 'a-3'), version(2, 'somebody else'), version(3, 'a-12')]
    expect(conditions(correct().operations, { versions })).toEqual(['intact-contents'])
  })

  it('reports a body that names another version', () => {
    const wrong = { ...version(2, 'b-7'), claims: { sequence: 1, previous: 'digest 1' } }
    const versions = [version(1, 'a-3'), wrong, version(3, 'a-12')]
    expect(conditions(correct().operations, { versions })).toEqual(['intact-contents'])
  })

  it('reports a version that was not built upon the one before it', () => {
    const wrong = { ...version(3, 'a-12'), claims: { sequence: 3, previous: 'digest 1' } }
    const versions = [version(1, 'a-3'), version(2, 'b-7'), wrong]
    expect(conditions(correct().operations, { versions })).toEqual(['intact-contents'])
  })

  it('reports a record that counts fewer writes of a process than were acknowledged', () => {
    expect(conditions(correct().operations, { applied: { a: 1, b: 1 } })).toEqual(['per-writer-counts'])
  })

  it('reports a record that counts more writes of a process than it made', () => {
    expect(conditions(correct().operations, { applied: { a: 2, b: 2 } })).toEqual(['per-writer-counts'])
  })

  it('fails a history that does not say what the record held at the end', () => {
    const found = checkVersions({ operations: correct().operations, finals: [] })
    expect(found.map((violation) => violation.condition)).toEqual(['undecided'])
  })

  it('fails a history with a version that may be of either of two unknown writes', () => {
    const { operations, final } = correct()
    const unknown = [write('a', undefined, 17), write('b', undefined, 18)]
    const found = conditions([...operations, ...unknown], { sequence: 4, versions: final.versions, applied: undefined })
    expect(found).toEqual(['undecided'])
  })

  it('says in words what happened', () => {
    const operations = [...correct().operations, read('d', 1, 17, 18, 'a-3')]
    const [violation] = checkVersions({ operations, finals: [correct().final] })
    expect(violation?.message).toBe('/counter: d read v1 after a wrote v3 had ended')
  })
})

describe('checkVersions() with writes whose reply is missing', () => {
  it('counts one as landed when its writeId is retained', () => {
    const { operations, final } = correct()
    const versions = [...final.versions, version(4, 'b-17')]
    const history = [...operations, write('b', undefined, 17)]
    expect(conditions(history, { sequence: 4, versions, applied: { a: 2, b: 2 } })).toEqual([])
    expect(conditions(history, { sequence: 4, versions, applied: { a: 2, b: 1 } })).toEqual(['per-writer-counts'])
  })

  it('accepts one that never landed', () => {
    expect(conditions([...correct().operations, write('b', undefined, 17)])).toEqual([])
  })

  it('gives a version without known writer to whom the record counts it', () => {
    const unknown = [write('a', undefined, 17), write('b', undefined, 18)]
    const history = [...correct().operations, ...unknown]
    expect(conditions(history, { sequence: 4, applied: { a: 3, b: 1 } })).toEqual([])
    expect(conditions(history, { sequence: 4, applied: { a: 3, b: 2 } })).toEqual(['per-writer-counts'])
  })

  it('takes an identical write that was sent again for one write', () => {
    const operations = correct().operations.map((operation) =>
      operation.writeId === 'a-12' && operation.type === 'write' ? { ...operation, start: 13 } : operation,
    )
    expect(conditions([...operations, write('a', undefined, 12)])).toEqual([])
  })
})

describe('checkVersions() on broken protocols', () => {
  it('sees red exactly where a read-modify-write without compare-and-swap loses an update', async () => {
    let losing = 0
    for (let seed = 0; seed < 50; seed++) {
      const { operations, final, lost } = await runNaiveProtocol(seed)
      const found = checkVersions({ operations, finals: [final] }).map((violation) => violation.condition)
      expect(found.length > 0, `seed ${seed}: ${found.join(', ')}`).toBe(lost)
      if (!lost) continue
      losing++
      expect(found).toEqual(expect.arrayContaining(['unique-acknowledgements', 'per-writer-counts']))
    }
    expect(losing).toBeGreaterThan(0)
    expect(losing).toBeLessThan(50)
  })

  it('sees red when two reads of a correct history are swapped', () => {
    const operations = correct().operations.map((operation) => {
      if (operation.process !== 'c') return operation
      if (operation.sequence === 1) return { ...operation, sequence: 3, writeId: 'a-12' }
      return operation.sequence === 3 ? { ...operation, sequence: 1, writeId: 'a-3' } : operation
    })
    expect(conditions(operations)).toEqual(expect.arrayContaining(['real-time-order', 'no-future-reads']))
  })

  it('sees red for every acknowledgement that is dropped from a correct history', () => {
    const { operations } = correct()
    for (const dropped of operations.filter((operation) => operation.type === 'write')) {
      const rest = operations.filter((operation) => operation !== dropped)
      expect(conditions(rest)).toEqual(expect.arrayContaining(['dense-versions', 'per-writer-counts']))
    }
  })
})

/** Two processes add one to a counter each: they read it and overwrite it, whatever it has become. */
async function runNaiveProtocol(seed: number) {
  const simulation = createSimulation(seed)
  const operations: RecordedOperation[] = []
  let stored = { sequence: 0, writeId: '', applied: { a: 0, b: 0 } }
  let now = 0
  const increment = async (process: 'a' | 'b') => {
    const base = stored
    const start = ++now
    await simulation.point(`${process} has read`)
    const sequence = base.sequence + 1
    stored = { sequence, writeId: process, applied: { ...base.applied, [process]: base.applied[process] + 1 } }
    await simulation.point(`${process} has written`)
    operations.push({ process, path, type: 'write', start, end: ++now, sequence, writeId: process })
  }
  await simulation.run(
    (['a', 'b'] as const).map((process) => async () => {
      await simulation.point(`${process} begins`)
      await increment(process)
    }),
  )
  const final: RecordedFinal = { path, sequence: stored.sequence, versions: [], applied: stored.applied }
  return { operations, final, lost: stored.sequence < 2 }
}

describe('HistoryRecorder', () => {
  it('records what callers saw of reads, writes, lost preconditions and lost replies', async () => {
    const memory = await MemoryFilesystem.open()
    const script = new FaultScript([{ operation: 'delete', fault: 'error-after' }])
    const recorder = new HistoryRecorder()
    const store = recorder.record(faulty(memory, script), 'a')
    const entry = { body: new Uint8Array([1]), contentType: 'text/plain' }
    await store.get(path)
    const { version } = await store.put(path, entry, unwritten)
    await expect(store.put(path, entry, unwritten)).rejects.toMatchObject({ code: 'conflict' })
    await expect(store.delete(path, atVersion(version), { writeId: 'f'.repeat(32) })).rejects.toMatchObject({
      retry: 'unknown',
    })
    await store.get(path)

    const seen = recorder.operations.map(({ type, sequence, end }) => [type, sequence, end !== undefined])
    expect(seen).toEqual([
      ['read', 0, true],
      ['write', 1, true],
      ['read', 1, true],
      ['write', undefined, false],
      ['read', 2, true],
    ])
    const finals = [await recordFinal(memory, path)]
    expect(checkVersions({ operations: recorder.operations, finals })).toEqual([])
  })

  it('checks a long history in a time that sorting explains', () => {
    const operations = Array.from({ length: 100_000 }, (_, at) => write('a', at + 1, 2 * at, 2 * at + 1))
    const finals = [{ path, sequence: 100_000, versions: [], applied: { a: 100_000 } }]
    expect(checkVersions({ operations, finals })).toEqual([])
  })
})
