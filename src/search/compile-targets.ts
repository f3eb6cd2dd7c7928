import type { Statement } from '../db/database.ts'
import type { Permitted } from './permitted.ts'
import { statement, Values } from './statement-text.ts'
import { Guard } from './visible.ts'

/** Which of these resources are there. */
export interface TargetQuestion {
  readonly keys: readonly bigint[]
  /** The types of all of them. */
  readonly resourceTypes: readonly string[]
}

/**
 * The keys of those that exist and are visible, as rows with `key`: one statement however many are
 * asked for, by primary key.
 */
export const compileTargets = ({ asked, visibility }: Permitted<TargetQuestion>): Statement => {
  const values = new Values()
  const guard = new Guard(visibility, values)
  const body = `select r.key from resource r where r.key = any(${values.bigints(asked.keys)})
  and not r.deleted and ${guard.visible('r', asked.resourceTypes)}`
  const ctes = guard.ctes()
  const text = ctes.length === 0 ? body : `with ${ctes.join(',\n')}\n${body}`
  return statement('targets', text, values)
}
