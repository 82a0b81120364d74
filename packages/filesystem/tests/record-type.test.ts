import { defineRecord } from '@latchless/filesystem'
import { expect, test } from 'vitest'
import { z } from 'zod'

const Person = defineRecord({
  kind: 'person',
  schema: z.strictObject({ name: z.string(), age: z.int() }),
  schemaVersion: 3,
  migrate: {
    1: (old) => ({ ...(old as object), age: 0 }),
    2: (old) => {
      const { nick: _nick, ...rest } = old as { nick?: string }
      return rest
    },
  },
  indexes: { by_age: (person) => (person.age > 0 ? [person.age, person.name] : undefined) },
})

function entryOf(body: string, extra: object = {}) {
  return { body: Buffer.from(body), contentType: 'application/json', kind: 'person', schemaVersion: 3, ...extra }
}

test('defineRecord() encodes canonical JSON with kind, schemaVersion and tuples', () => {
  const entry = Person.encode({ name: 'Å', age: 7 })
  expect(Buffer.from(entry.body).toString()).toBe('{"age":7,"name":"Å"}')
  expect(entry).toMatchObject({
    contentType: 'application/json',
    kind: 'person',
    schemaVersion: 3,
    tuples: { by_age: [7, 'Å'] },
  })
})

test('defineRecord() leaves out the row of a sparse index', () => {
  expect(Person.encode({ name: 'a', age: 0 })).not.toHaveProperty('tuples')
})

test('defineRecord() upgrades older shapes step by step when read', () => {
  expect(Person.decode(entryOf('{"name":"a"}', { schemaVersion: 1 }), '/p')).toEqual({ name: 'a', age: 0 })
  expect(Person.decode(entryOf('{"name":"a","age":4,"nick":"b"}', { schemaVersion: 2 }), '/p')).toEqual({
    name: 'a',
    age: 4,
  })
})

test('defineRecord() refuses a newer schemaVersion and says which one it knows', () => {
  expect(() => Person.decode(entryOf('{}', { schemaVersion: 4 }), '/p')).toThrow(
    expect.objectContaining({ code: 'schema-too-new', message: expect.stringContaining('knows up to 3') as unknown }),
  )
})

test.each([
  ['broken JSON', entryOf('{"name":')],
  ['broken UTF-8', { ...entryOf(''), body: Buffer.from([0x22, 0xff, 0x22]) }],
  ['an empty body', entryOf('')],
  ['a missing field', entryOf('{"name":"a"}')],
  ['a field too many', entryOf('{"name":"a","age":1,"admin":true}')],
  ['another kind', entryOf('{"name":"a","age":1}', { kind: 'robot' })],
])('defineRecord() answers "corrupt" for %s', (_case, entry) => {
  expect(() => Person.decode(entry, '/p')).toThrow(expect.objectContaining({ code: 'corrupt', path: '/p' }))
})

test('defineRecord() accepts an entry without a kind', () => {
  expect(Person.decode(entryOf('{"name":"a","age":1}', { kind: undefined }), '/p')).toEqual({ name: 'a', age: 1 })
})

test('defineRecord() keeps values out of its messages', () => {
  const secret = 'sk-very-secret'
  for (const run of [
    () => Person.decode(entryOf(JSON.stringify({ name: 'a', age: secret })), '/p'),
    () => Person.encode({ name: 'a', age: secret as unknown as number }),
  ]) {
    expect(run).toThrow(expect.objectContaining({ message: expect.not.stringContaining(secret) as unknown }))
  }
})

test('defineRecord() refuses what JSON cannot hold', () => {
  const Loose = defineRecord({ kind: 'loose', schema: z.custom<unknown>(() => true) })
  for (const value of [undefined, Number.NaN, () => 1, { at: 1n }]) {
    expect(() => Loose.encode(value)).toThrow(expect.objectContaining({ code: 'invalid-record' }))
  }
})

test('defineRecord() refuses a definition with a gap in its migrations or a bad kind', () => {
  const schema = z.strictObject({})
  expect(() => defineRecord({ kind: 'x', schema, schemaVersion: 3, migrate: { 2: (old) => old } })).toThrow(
    /from schemaVersion 1 to 2/,
  )
  expect(() => defineRecord({ kind: 'Not-Snake', schema })).toThrow(/snake_case/)
  expect(() => defineRecord({ kind: 'x', schema, schemaVersion: 0 })).toThrow(/whole number/)
})
