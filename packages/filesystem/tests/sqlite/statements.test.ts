import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SqliteFilesystem, unwritten } from '@latchless/filesystem'
import { sqliteStatements } from '@latchless/filesystem/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, temporaryStore, text } from './fixture.ts'

const statements = Object.entries(sqliteStatements)
const precondition = 'WHERE path = :path AND sequence = :expectedSequence AND generation = :expectedGeneration'

describe('Every statement that changes a record carries its precondition', () => {
  const changing = statements.filter(([, sql]) => /\b(?:UPDATE|INTO|DELETE FROM) record\b/.test(sql))

  test('of which there are these', () => {
    expect(changing.map(([name]) => name).sort()).toEqual(['deleteTombstone', 'insertRecord', 'updateRecord'])
  })

  test.each(changing)('%s', (_, sql) => {
    expect(sql).toContain(sql.startsWith('INSERT') ? 'ON CONFLICT (path) DO NOTHING' : precondition)
  })

  test('supersede, which copies a head into the history', () => {
    expect(sqliteStatements.supersede).toContain(precondition)
  })

  test('growLog, which numbers the entries of a log', () => {
    expect(sqliteStatements.growLog).toContain('last = :expectedLast')
  })
})

test('No statement holds a value: all are parameters', () => {
  for (const [name, sql] of statements) {
    const literals = (sql.match(/'[^']*'/g) ?? []).join()
    expect(literals, name).toBe('')
  }
})

test('The database itself refuses a write that skips a version', async () => {
  const { path, filesystem } = await temporaryStore()
  await filesystem.put('/a', text('a'), unwritten)
  const other = connect(path)
  expect(() => other.exec(`UPDATE record SET sequence = 3`)).toThrow('the sequence of a record grows by one')
  expect(() => other.exec(`UPDATE record SET size = 3`)).toThrow('the sequence of a record grows by one')
})

describe('Every statement finds its rows by an index', () => {
  let connection: DatabaseSync
  let close: () => Promise<void>

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'latchless-sqlite-'))
    const path = join(directory, 'store.db')
    await (await SqliteFilesystem.open({ path })).close()
    connection = new DatabaseSync(path)
    close = async () => {
      connection.close()
      await rm(directory, { recursive: true })
    }
  })
  afterAll(async () => await close())

  test.each(statements)('%s', (_, sql) => {
    const plan = planOf(connection, sql)
    expect(plan.filter((step) => /^SCAN (?!CONSTANT)|TEMP B-TREE|AUTOMATIC/.test(step))).toEqual([])
  })

  test('and lists children by their place in the tree', () => {
    expect(planOf(connection, sqliteStatements.firstInTree)).toEqual([
      expect.stringContaining('record_tree (state=? AND tree>? AND tree<?)'),
    ])
  })

  test.each(['queryAfter', 'queryDownAfter'] as const)('%s goes on among equal tuples', (name) => {
    expect(planOf(connection, sqliteStatements[name])[0]).toMatch(/\(tuple,path\)[<>]\(\?,\?\)/)
  })
})

function planOf(connection: DatabaseSync, sql: string): string[] {
  const statement = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`)
  statement.setAllowUnknownNamedParameters(true)
  return statement.all({}).map((step) => String(step['detail']))
}
