import type { Test } from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { resourceTypeNumber } from '../../src/fhir/resource-types.ts'
import { compileRead } from '../../src/search/compile-read.ts'
import { keyOf } from '../../src/search/hash.ts'
import { permit, type Visibility } from '../../src/search/permitted.ts'
import { no6, Store, tinglin } from './fixture.ts'

export const wang = keyOf('Patient', 'wang')
export const li = keyOf('Patient', 'li')

export const observation = (id: string, more: object = {}): Resource => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ code: 'A' }] },
  subject: { reference: 'Patient/wang' },
  ...more,
})

export interface Rule {
  readonly kind?: 'P' | 'D'
  readonly patient?: bigint
  readonly owner?: number
  readonly actors?: readonly bigint[]
  readonly purposes?: readonly string[]
  readonly types?: readonly string[]
  readonly from?: string
  readonly to?: string
}

/** Records of Tinglin about Wang and Li, and rules about who may see them. */
export class Records {
  readonly store: Store
  #ordinal = 0
  constructor(store: Store) {
    this.store = store
  }

  static async open(t: Test): Promise<Records> {
    const records = new Records(await Store.open(t))
    await records.store.put({ resourceType: 'Patient', id: 'wang' })
    await records.store.put({ resourceType: 'Patient', id: 'li' })
    await records.store.put(observation('o'))
    return records
  }

  forgetRules = () => this.store.run('truncate consent_rule, consultation_gate')

  gate = (recipient = no6, patient = wang, from = '-infinity', to = 'infinity') =>
    this.store.run(`insert into consultation_gate values ($1, $2, $3, $4, $5, $6)`, [
      ...[this.#ordinal++, recipient, patient, tinglin, from, to],
    ])

  rule = ({ kind, patient, owner, actors, purposes, types, from, to }: Rule = {}) =>
    this.store.run(`insert into consent_rule values ($1, 0, $2, $3, $4, $5, $6, $7, $8, $9)`, [
      ...[this.#ordinal++, patient ?? wang, owner ?? tinglin, kind ?? 'P'],
      ...[actors ? `{${actors.join(',')}}` : null, purposes ?? null],
      types ? `{${types.map(resourceTypeNumber).join(',')}}` : null,
      ...[from ?? '-infinity', to ?? 'infinity'],
    ])

  membership = (member: string, actor: string, owner = no6) =>
    this.store.run(
      `insert into actor_membership values ($1, $2, $3, $4, '-infinity', 'infinity')`,
      [
        this.#ordinal++,
        owner,
        keyOf(...(member.split('/') as [string, string])),
        keyOf(...(actor.split('/') as [string, string])),
      ],
    )

  /** Whether an Observation is seen: by read, by two searches, and by their totals, all alike. */
  sees = async (t: Test, id: string, visibility: Visibility): Promise<boolean> => {
    const { database } = this.store
    const address = permit({ resourceType: 'Observation', id }, visibility)
    const isRead = (await database.query(compileRead(address))).length === 1
    for (const search of [
      `Observation?_id=${id}`,
      `Observation?_id=${id}&patient=wang,li`,
      `Observation?patient=wang&_id=${id}`,
    ]) {
      const { matches, total } = await this.store.page(search, visibility)
      const isFound = matches.length > 0
      if (!search.includes('patient=wang&')) t.equal(isFound, isRead, `${search} is as read`)
      t.equal(total, isFound ? 1 : 0, `${search} has the total of what it shows`)
    }
    return isRead
  }
}
