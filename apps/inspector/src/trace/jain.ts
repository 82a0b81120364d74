/**
 * Jain's fairness index, (Σx)² / (n·Σx²): 1 when all have as much, 1/n when one has all (Jain, Chiu, Hawe 1984). Undefined when
 * nobody has anything.
 */
export function jain(shares: readonly number[]): number | undefined {
  const sum = shares.reduce((all, share) => all + share, 0)
  const squares = shares.reduce((all, share) => all + share * share, 0)
  return squares === 0 ? undefined : (sum * sum) / (shares.length * squares)
}
