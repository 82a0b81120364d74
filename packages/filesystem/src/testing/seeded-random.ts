/** A stream of pseudo-random numbers that a seed determines. */
export interface SeededRandom {
  /** A whole number from 0 to 2^32 − 1. */
  next(): number
  /** Uniform in [0, 1). */
  fraction(): number
  /** A whole number from 0 to `below` − 1. */
  below(below: number): number
}

/** The generator sfc32 (Chris Doty-Humphrey, public domain), warmed up so that near seeds give unrelated streams. */
export function seededRandom(seed: number, stream = 0): SeededRandom {
  let a = seed >>> 0
  let b = Math.floor(seed / 2 ** 32) >>> 0
  let c = stream >>> 0
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let round = 0; round < 15; round++) next()
  const fraction = () => next() / 2 ** 32
  return { next, fraction, below: (below) => Math.floor(fraction() * below) }
}
