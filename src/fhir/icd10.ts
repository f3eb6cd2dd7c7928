/** ICD-10 and its national editions: WHO, Germany, the United States, GB/T 14396 by the national OIDs. */
const icd10 =
  /icd-10|\b2\.16\.840\.1\.113883\.6\.(?:3|90)\b|\b2\.16\.156\.10011\.2\.3\.3\.11(?:\.|$)|gb\W?t?\W?14396/i

/** Code systems remembered at most; hospitals use some dozens. */
const rememberedMax = 1000
const remembered = new Map<string, boolean>()

/** Whether a system is an edition of ICD-10, in which the beginning of a code is its category. */
export const isIcd10 = (system: string): boolean => {
  let found = remembered.get(system)
  if (found === undefined) {
    found = icd10.test(system)
    if (remembered.size < rememberedMax) remembered.set(system, found)
  }
  return found
}

/** A code of ICD-10 and the categories above it: `E11.900` is a kind of `E11.90`, `E11.9` and `E11`. */
export const withCategories = (code: string): readonly string[] => {
  const found = [code]
  for (let length = 3; length < code.length; length++)
    if (code[length - 1] !== '.') found.push(code.slice(0, length))
  return found
}
