/**
 * A parsed JSON tree of its own, for work that may have to begin anew. Exact decimals are shared: they
 * never change.
 */
export const copiedTree = <T>(node: T): T => copy(node) as T

const copy = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(copy)
  if (typeof node !== 'object' || node === null || !isPlain(node)) return node
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, copy(value)]))
}

const isPlain = (node: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(node)
  return prototype === Object.prototype || prototype === null
}
