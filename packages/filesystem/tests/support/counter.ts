import { defineRecord, write } from '@latchless/filesystem'
import { z } from 'zod'

export interface Count {
  readonly value: number
}

export const Counter = defineRecord<Count>({ kind: 'counter', schema: z.strictObject({ value: z.int() }) })

export function increment(current: Count | undefined): ReturnType<typeof write<Count>> {
  return write<Count>({ value: (current?.value ?? 0) + 1 })
}
