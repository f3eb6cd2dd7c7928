/** Values of one kind remembered: codes, categories and patients repeat, so most calls are look-ups. */
const rememberedMax = 30_000

/**
 * What `compute` makes of two texts, found again by these: to hash them, or only to put them together,
 * costs more than the look-up. Those not asked for again are forgotten, half at a time.
 */
export const remembering = <T>(compute: (first: string, second: string) => T) => {
  let recent = new Map<string, Map<string, T>>()
  let earlier = recent
  let count = 0
  return (first: string, second: string): T => {
    const known = recent.get(first)?.get(second)
    if (known !== undefined) return known
    const value = earlier.get(first)?.get(second) ?? compute(first, second)
    if (++count > rememberedMax / 2) {
      earlier = recent
      recent = new Map()
      count = 1
    }
    const seconds = recent.get(first)
    if (seconds === undefined) recent.set(first, new Map([[second, value]]))
    else seconds.set(second, value)
    return value
  }
}
