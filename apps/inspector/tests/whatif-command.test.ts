import { beforeEach, describe, expect, test } from 'vitest'
import { checkedRows, runHere } from './fake-io.ts'
import { modelledLines } from './modelled-trace.ts'
import { MS, traceFile, traceText } from './trace-lines.ts'

let file: string

beforeEach(async () => {
  file = await traceFile(traceText(modelledLines({ writers: 6, updates: 120, gapUs: 8 * MS })))
})

describe('replay --what-if', () => {
  test('prints what was measured, the model of it, and a row for each policy, with its range below', async () => {
    const { stdout, stderr, exitCode } = await runHere([
      'replay',
      file,
      '--what-if',
      'backoff=5ms..200ms',
      '--what-if',
      'mode=combine,writers=12',
    ])
    expect([stderr, exitCode]).toEqual(['', 0])
    const lines = stdout.split('\n')
    expect(lines[0]).toBe(
      'a model, not measured: 20 runs of 120 updates of 1 record by 6 writers in 6 processes, recorded in mode plain',
    )
    expect(lines.filter((line) => / % /.test(line)).map((line) => line.split(' ')[0])).toEqual([
      'measured',
      'recorded',
      '',
      'backoff=5ms..200ms',
      '',
      'mode=combine,writers=12',
      '',
    ])
  })

  test('says how many updates gave up in the model', async () => {
    const { stdout } = await runHere(['replay', file, '--what-if', 'writers=60,backoff=none'])
    expect(stdout).toMatch(/^backoff=none,writers=60: [\d,]+ of the 24,000 updates of all runs gave up$/m)
  })

  test('--json prints rows of their schema, and tells the model from what was measured', async () => {
    const run = () => runHere(['replay', file, '--what-if', 'writers=24', '--json'])
    const { stdout, exitCode } = await run()
    expect(exitCode).toBe(0)
    const rows = checkedRows(stdout)
    expect(rows).toMatchObject([
      { type: 'whatIf', model: false, policy: null, runs: 1, writers: 6, updates: 120, recordedMode: 'plain' },
      { type: 'whatIf', model: true, policy: 'recorded', runs: 20, writers: 6, updates: 2400, unfinished: 0 },
      { type: 'whatIf', model: true, policy: 'writers=24', runs: 20, writers: 24, updates: 9600 },
    ])
    expect((await run()).stdout).toBe(stdout)
  })

  test('models only the time and the record that are asked for', async () => {
    const { stdout } = await runHere([
      'replay',
      file,
      '--what-if',
      'writers=2',
      '--json',
      '--to',
      '50%',
      '--key',
      '/hot',
    ])
    const [measured] = checkedRows(stdout)
    expect(measured).toMatchObject({ key: '/hot', fromUs: 0 })
    expect(measured?.['updates']).toBeLessThan(80)
    const missing = await runHere(['replay', file, '--what-if', 'writers=2', '--key', '/other'])
    expect(missing.exitCode).toBe(3)
  })

  test('refuses a window with too little in it', async () => {
    const { stderr, exitCode, stdout } = await runHere(['replay', file, '--what-if', 'writers=2', '--to', '20ms'])
    expect([exitCode, stdout]).toEqual([7, ''])
    expect(stderr).toContain('Cannot model the window: it holds')
  })

  test.each([
    [['--what-if', 'writers=lots'], 'Cannot model "writers=lots"'],
    [['--what-if', 'writers=2', '--by', 'key'], 'Cannot replay with --by: --what-if prints figures of its own'],
    [['--what-if', 'writers=2', '--events'], 'Cannot replay with --events: --what-if prints figures of its own'],
    [
      ['--what-if', 'writers=2', '--run', 'memory:'],
      'Cannot replay with --what-if: all that was recorded is run again',
    ],
  ])('refuses %j', async (options, message) => {
    const { stderr, exitCode, stdout } = await runHere(['replay', file, ...options])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })

  test('exits 6 for a trace that shows a lost update, as replay does', async () => {
    const lines = modelledLines({ writers: 6, updates: 120, gapUs: 8 * MS })
    const twice = lines.find(({ e, out }) => e === 'cas' && out === 'won')
    const broken = await traceFile(traceText([...lines, { ...twice, write: 'other', op: 'other' }]))
    const { stdout, exitCode } = await runHere(['replay', broken, '--what-if', 'writers=2'])
    expect(exitCode).toBe(6)
    expect(stdout).toContain('lost-update')
  })
})
