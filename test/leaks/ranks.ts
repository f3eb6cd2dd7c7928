/** Two samples mixed, in the order of their values; equal values share their ranks. */
const rankSum = (one: readonly number[], other: readonly number[]): number => {
  const all = [
    ...one.map(value => ({ value, isOne: true })),
    ...other.map(value => ({ value, isOne: false })),
  ].sort((a, b) => a.value - b.value)
  let sum = 0
  for (let from = 0, to = 0; from < all.length; from = to) {
    while (to < all.length && all[to]!.value === all[from]!.value) to++
    const rank = (from + 1 + to) / 2
    for (let at = from; at < to; at++) if (all[at]!.isOne) sum += rank
  }
  return sum
}

/**
 * How many standard deviations the ranks of one sample lie above those of the other; beyond 3.29 in
 * either direction, chance is a matter of less than 1 in 1000. For samples of hundreds.
 * @see https://en.wikipedia.org/wiki/Mann%E2%80%93Whitney_U_test
 */
export const rankDeviation = (one: readonly number[], other: readonly number[]): number => {
  const [n, m] = [one.length, other.length]
  const u = rankSum(one, other) - (n * (n + 1)) / 2
  return (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
}
