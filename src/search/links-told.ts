import type { Sql } from './statement-text.ts'
import type { Guard } from './visible.ts'

/**
 * Whether the links of a Patient of another hospital may be told: the Patients they lead to are there
 * and visible themselves. `true` where no row of the types has links.
 */
export const linksTold = (guard: Guard, alias: string, types: readonly string[]): Sql => {
  if (types.length > 0 && !types.includes('Patient')) return 'true'
  const isFree = `${alias}.linked_patients is null or ${guard.own(alias)}`
  // A bound of the token may ask for the same of a target; no link of that is told.
  if (alias.startsWith(mark)) return `(${isFree})`
  const target = `${mark}${alias}`
  const isVisible = `not ${target}.deleted and ${guard.visible(target, ['Patient'], 'few')}`
  return `(${isFree} or not exists (
    select from unnest(${alias}.linked_patients) l(key) where not exists (select from resource ${target} where ${target}.key = l.key and ${isVisible})))`
}

/** How the alias of a target begins. */
const mark = 'linked_'
