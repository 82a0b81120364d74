import { ENGINE_IDS, parseOptions, SCENARIO_IDS } from '@latchless/bench'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'

function parse(...argv: string[]) {
  return parseOptions(argv, new Command('bench').configureOutput({ writeErr: () => {}, writeOut: () => {} }))
}

describe('the command line', () => {
  test('measures everything five times when nothing is said', () => {
    const { scenarios, engines, settings, json, force, report } = parse()
    expect(scenarios).toEqual(SCENARIO_IDS)
    expect(engines).toEqual(ENGINE_IDS)
    expect(settings).toEqual({ rounds: 5, seconds: 4, stallSeconds: 10, updates: 1_000_000, durability: 'disk' })
    expect({ json, force, report }).toEqual({ json: false, force: false, report: undefined })
  })

  test('takes scenarios in the order of the list, each once', () => {
    expect(parse('convoy', 'hot-4x4', 'convoy').scenarios).toEqual(['hot-4x4', 'convoy'])
  })

  test('takes families of engines', () => {
    expect(parse('--engines', 'latchless/memory,pg/*').engines).toEqual([
      'latchless/memory',
      'pg/for-update',
      'pg/advisory',
      'pg/statement',
      'pg/serializable',
      'pg/naive-cas',
    ])
  })

  test('takes result files for the report, or none for the usual one', () => {
    expect(parse('--report').report).toEqual([])
    expect(parse('--report', 'a.jsonl', 'b.jsonl').report).toEqual(['a.jsonl', 'b.jsonl'])
  })

  test.each([
    ['an unknown scenario', ['hot-5x5']],
    ['an unknown engine', ['--engines', 'etcd']],
    ['a family without engines', ['--engines', 'mysql/*']],
    ['no rounds', ['--rounds', '0']],
    ['half a round', ['--rounds', '1.5']],
    ['seconds that are no number', ['--seconds', 'soon']],
    ['an unknown level', ['--durability', 'memory']],
    ['an unknown option', ['--fast']],
  ])('refuses %s', (_, argv) => {
    expect(() => parse(...argv)).toThrow(expect.objectContaining({ name: 'CommanderError', exitCode: 1 }))
  })
})
