import { EventQueue } from '@latchless/inspector'
import { expect, test } from 'vitest'
import { seededRandom } from './seeded-random.ts'

test('EventQueue gives what was put in, the earliest first, also when more is put in meanwhile', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed)
    const queue = new EventQueue<{ atUs: number }>()
    const held: number[] = []
    for (let step = 0; step < 200; step++) {
      if (random(3) > 0) {
        const atUs = random(50)
        queue.push(atUs, { atUs })
        held.push(atUs)
        continue
      }
      held.sort((a, b) => b - a)
      expect(queue.nextUs).toBe(held.at(-1) ?? Number.POSITIVE_INFINITY)
      expect(queue.pop()?.atUs).toBe(held.pop())
    }
    expect(queue.size).toBe(held.length)
  }
})
