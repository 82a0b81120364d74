import assert from 'node:assert/strict'
import { absent, anything } from '../expectation.ts'
import { pathsOf, rejectsWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { operations } from './operations.ts'
import { bodyOf, record, text } from './samples.ts'

/** Paths that no operation may take. Each is refused, never normalised. */
const hostile: readonly (readonly [string, string])[] = [
  ['', 'the empty string'],
  ['a', 'a relative path'],
  ['a/b', 'a relative path of two segments'],
  ['//', 'nothing but separators'],
  ['/a//b', 'an empty segment'],
  ['/a/', 'a separator at the end'],
  ['//a', 'two separators at the start'],
  ['/a/../b', 'a parent segment'],
  ['/..', 'a parent of the root'],
  ['/a/./b', 'a self segment'],
  ['/a\\b', 'a backslash'],
  ['/a\u0000b', 'a NUL'],
  ['/a\nb', 'a line break'],
  ['/a\u001bb', 'an escape'],
  ['/a\u007fb', 'a delete character'],
  ['/a\u0085b', 'a C1 control character'],
  ['/e\u0301', 'a decomposed letter, not NFC'],
  ['/a\ud800', 'a lone surrogate'],
]

/** Paths that look odd and are ordinary. */
const ordinary: readonly string[] = [
  '/ordinary/...',
  '/ordinary/.hidden',
  '/ordinary/a b',
  '/ordinary/%2e%2e',
  '/ordinary/~tmp',
  '/ordinary/CON',
  '/ordinary/-rf',
  '/ordinary/a:b*?"<>|',
  "/ordinary/$(id)';--",
  '/ordinary/é',
  '/ordinary/日本語',
  '/ordinary/\u{1f642}',
  '/ordinary/v',
  '/ordinary/v/0',
  '/ordinary/t/1',
  '/ordinary/%',
  '/ordinary/!',
  '/ordinary/_',
  '/ordinary/@',
  '/ordinary/=',
  '/ordinary/+',
]

export const pathCases: readonly CaseDefinition[] = [
  {
    name: 'A hostile path is refused by every operation, and nothing is written',
    async run({ filesystem }) {
      for (const [path, what] of hostile) {
        for (const operation of operations) {
          const supported = operation.isSupported(filesystem)
          const codes = supported ? (['invalid-argument'] as const) : (['invalid-argument', 'unsupported'] as const)
          await rejectsWith(codes, () => operation.call(filesystem, path), `${operation.name} of ${what}`)
        }
      }
      assert.deepEqual(await pathsOf(filesystem, '/'), [])
    },
  },
  {
    name: 'The root is a prefix and never an entry',
    async run({ filesystem }) {
      await rejectsWith('invalid-argument', () => filesystem.put('/', text('x'), anything), 'put() at the root')
      await rejectsWith('invalid-argument', () => filesystem.get('/'), 'get() of the root')
      await rejectsWith('invalid-argument', () => filesystem.delete('/', anything), 'delete() of the root')
      assert.deepEqual(await pathsOf(filesystem, '/'), [])
    },
  },
  {
    name: 'Paths that only look odd are stored under exactly their own name',
    async run({ filesystem }) {
      // A byte-only backend keeps entries at their own names, so none of its paths can lie below another.
      const isBelowAnother = (path: string) => ordinary.some((other) => path.startsWith(`${other}/`))
      const { cas } = filesystem.capabilities('/')
      const paths = cas === 'none' ? ordinary.filter((path) => !isBelowAnother(path)) : ordinary
      for (const path of paths) await filesystem.put(path, text(path), absent)
      for (const path of paths) assert.equal(bodyOf(await filesystem.get(path)), path)
      assert.deepEqual((await pathsOf(filesystem, '/ordinary')).toSorted(), [...paths].toSorted())
    },
  },
  {
    name: 'Paths that differ only in case are different paths',
    async run({ filesystem }) {
      for (const path of ['/case/a', '/case/A', '/CASE/a']) await filesystem.put(path, text(path), absent)
      for (const path of ['/case/a', '/case/A', '/CASE/a']) assert.equal(bodyOf(await filesystem.get(path)), path)
      assert.deepEqual(await pathsOf(filesystem, '/case'), ['/case/A', '/case/a'])
    },
  },
  {
    name: 'A path and a path below it coexist, and neither delete touches the other',
    needs: ['cas'],
    async run({ filesystem }) {
      await filesystem.put('/nest/a', record('a'), absent)
      await filesystem.put('/nest/a/b', record('b'), absent)
      await filesystem.put('/nest/a/b/c', record('c'), absent)
      assert.deepEqual(await pathsOf(filesystem, '/nest'), ['/nest/a', '/nest/a/b', '/nest/a/b/c'])
      await filesystem.delete('/nest/a/b', anything)
      assert.equal(bodyOf(await filesystem.get('/nest/a')), '"a"')
      assert.equal(bodyOf(await filesystem.get('/nest/a/b/c')), '"c"')
      await filesystem.delete('/nest/a', anything)
      assert.deepEqual(await pathsOf(filesystem, '/nest'), ['/nest/a/b/c'])
    },
  },
]
