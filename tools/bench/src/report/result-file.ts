import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Header } from '../header.ts'
import type { LeftOut, Measurement } from '../measurement.ts'
import { SCENARIO_IDS } from '../scenarios/scenario.ts'

/** What the JSON lines of one or several runs hold. */
export interface StoredResults {
  readonly headers: readonly Header[]
  readonly measurements: readonly Measurement[]
  readonly leftOut: readonly LeftOut[]
}

const measurementShape = z.looseObject({
  scenario: z.enum(SCENARIO_IDS),
  engine: z.string(),
  mode: z.string(),
  variant: z.string(),
  durability: z.enum(['memory', 'process', 'disk']),
  round: z.int().positive(),
  opsPerSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  p999Ms: z.number(),
  maxMs: z.number(),
  fairness: z.number(),
  failures: z.number(),
  loopStallMs: z.number(),
  rssMb: z.number(),
  acknowledged: z.number().nullable(),
  lost: z.number(),
  repeated: z.number(),
})

export async function readResults(files: readonly string[]): Promise<StoredResults> {
  const headers: Header[] = []
  const measurements: Measurement[] = []
  const leftOut: LeftOut[] = []
  for (const file of files) {
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
    for (const [index, line] of lines.entries()) {
      const parsed = parseLine(line, `${file}:${index + 1}`)
      if (parsed['type'] === 'header') headers.push(parsed as unknown as Header)
      else if (parsed['type'] === 'left-out') leftOut.push(parsed as unknown as LeftOut)
      // Bars are judged anew.
      else if (parsed['type'] === undefined) measurements.push(toMeasurement(parsed, `${file}:${index + 1}`))
    }
  }
  return { headers, measurements, leftOut }
}

function parseLine(line: string, where: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(line))
  } catch (cause) {
    throw new Error(`Cannot read results: ${where} is not a JSON object`, { cause })
  }
}

function toMeasurement(parsed: Record<string, unknown>, where: string): Measurement {
  const result = measurementShape.safeParse(parsed)
  if (!result.success) throw new Error(`Cannot read results: ${where} is no measurement`, { cause: result.error })
  return result.data
}
