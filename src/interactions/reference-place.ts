/**
 * The FHIRPath, below `root`, of the element that holds a reference. A refusal names the place and not
 * the text, which may name a person.
 */
export const referencePlace = (resource: unknown, text: string, root: string): string =>
  `${root}${pathTo(resource, text) ?? ''}`

const pathTo = (node: unknown, text: string): string | undefined => {
  if (typeof node !== 'object' || node === null) return undefined
  for (const [name, value] of Object.entries(node)) {
    const step = Array.isArray(node) ? `[${name}]` : `.${name}`
    if (name === 'reference' && value === text) return step
    const further = pathTo(value, text)
    if (further !== undefined) return step + further
  }
  return undefined
}
