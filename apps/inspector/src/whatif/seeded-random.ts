/** Numbers from 0 to below 1 that are the same for the same seed: splitmix, over 32 bits. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e37_79b9) >>> 0
    let bits = Math.imul(state ^ (state >>> 16), 0x21f0_aaad)
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a_2d97)
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32
  }
}
