import { type Codec, type Entry, FilesystemError } from '@latchless/filesystem'

/**
 * Which updates are in a record: ranges of their numbers, both ends included, in order and apart. Updates arrive about in the
 * order of their numbers, so it stays small however many there are.
 */
export interface AppliedUpdates {
  readonly ranges: readonly (readonly [number, number])[]
  /** How many updates came when they were in already. */
  readonly repeated: number
}

export const NONE_APPLIED: AppliedUpdates = { ranges: [], repeated: 0 }

/** With one more update in it. */
export function withUpdate({ ranges, repeated }: AppliedUpdates, number: number): AppliedUpdates {
  const at = firstEndingFrom(ranges, number)
  const here = ranges[at]
  if (here && here[0] <= number) return { ranges, repeated: repeated + 1 }
  const before = ranges[at - 1]
  const joinsBefore = before?.[1] === number - 1
  const joinsHere = here?.[0] === number + 1
  const joined = [joinsBefore ? before[0] : number, joinsHere ? here[1] : number] as const
  return {
    ranges: ranges.toSpliced(joinsBefore ? at - 1 : at, Number(joinsBefore) + Number(joinsHere), joined),
    repeated,
  }
}

export function isApplied({ ranges }: AppliedUpdates, number: number): boolean {
  const here = ranges[firstEndingFrom(ranges, number)]
  return here !== undefined && here[0] <= number
}

/** The first range that does not end before the number. */
function firstEndingFrom(ranges: AppliedUpdates['ranges'], number: number): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.[1] ?? 0) < number) low = middle + 1
    else high = middle
  }
  return low
}

const CONTENT_TYPE = 'application/json'
const KIND = 'inspector_rerun'

/** How it is stored. Superseded versions are not retained: the last one tells everything. */
export const appliedUpdatesCodec: Codec<AppliedUpdates> = {
  keepVersions: 0,
  decode(entry: Entry, path: string) {
    try {
      const stored: unknown = JSON.parse(Buffer.from(entry.body).toString('utf8'))
      if (isAppliedUpdates(stored)) return stored
    } catch {
      // The same as any other record that is not ours.
    }
    const message = `Cannot decode ${JSON.stringify(path)}: it is no record of a re-execution`
    throw new FilesystemError('corrupt', message, { path, operation: 'decode' })
  },
  encode: (value) => ({
    body: Buffer.from(JSON.stringify(value)),
    contentType: CONTENT_TYPE,
    kind: KIND,
    schemaVersion: 1,
  }),
  isUnchanged: () => false,
}

function isAppliedUpdates(value: unknown): value is AppliedUpdates {
  if (typeof value !== 'object' || value === null || !('ranges' in value) || !('repeated' in value)) return false
  const { ranges, repeated } = value
  const isRange = (range: unknown) =>
    Array.isArray(range) && range.length === 2 && range.every((number) => Number.isSafeInteger(number))
  return Number.isSafeInteger(repeated) && Array.isArray(ranges) && ranges.every(isRange)
}
