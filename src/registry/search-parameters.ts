import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'
import type { Definitions, SearchParameterDefinition } from '../fhir/definitions.ts'
import { withRunTimeParameters, type RunTimeParameter } from '../fhir/run-time-parameters.ts'

/**
 * What the specification defines together with the search parameters that operators have added. Asked
 * anew whenever the registry changes, so that every process indexes a parameter from the first write on
 * that begins after it was added.
 */
export interface LiveDefinitions {
  current(): Definitions
  renew(): Promise<void>
}

/** @param definitions what is there without any addition */
export const createLiveDefinitions = (
  kysely: Kysely<Tables>,
  definitions: Definitions,
): LiveDefinitions => {
  let current = definitions
  let known = ''
  return {
    current: () => current,
    async renew() {
      const rows = await kysely
        .selectFrom('index_generation as i')
        .leftJoin('search_parameter as p', join => join.onTrue())
        .select(['i.generation as index_generation', 'p.url', 'p.code', 'p.kind', 'p.base'])
        .select(['p.targets', 'p.expression', 'p.description', 'p.slot', 'p.generation', 'p.ready'])
        .orderBy('p.url')
        .execute()
      const written = JSON.stringify(rows)
      // The same definitions as long as they say the same: much is remembered by them.
      if (written === known) return
      current = withRunTimeParameters(
        definitions,
        rows.flatMap(row => parameterOf(row) ?? []),
        rows[0]?.index_generation ?? 0,
      )
      known = written
    },
  }
}

type Nullable<T> = { readonly [Name in keyof T]: T[Name] | null }

interface Row {
  readonly url: string
  readonly code: string
  readonly kind: string
  readonly base: string[]
  readonly targets: string[]
  readonly expression: string
  readonly description: string
  readonly slot: number
  readonly generation: number
  readonly ready: boolean
}

const parameterOf = (row: Nullable<Row>): RunTimeParameter | undefined => {
  const { url, code, kind, base, targets, expression, description, slot, generation } = row
  if (url === null || code === null || base === null || expression === null) return undefined
  return {
    ...{ url, code, base, expression, slot: slot ?? 0, generation: generation ?? 0 },
    ...{ targets: targets ?? [], description: description ?? '', isReady: row.ready === true },
    kind: kind as SearchParameterDefinition['type'],
  }
}
