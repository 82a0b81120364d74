import { Matrix } from '@latchless/isolation'
import { afterAll, describe, expect, test } from 'vitest'

// Without a registry this throws, and the file fails.
const matrix = await Matrix.open()
afterAll(() => matrix[Symbol.asyncDispose]())

describe('The packed core in an empty project', () => {
  test('is tried on the oldest Node that its engines allow, on the newest 22 and on 24', () => {
    const versions = matrix.nodes.map(({ version }) => version)
    expect(versions).toHaveLength(3)
    expect(versions[0]).toBe('22.12.0')
    expect(versions[1]).toMatch(/^22\./)
    expect(versions[2]).toMatch(/^24\./)
  })

  for (const check of matrix.checks()) test(check.name, () => check.run())
})
