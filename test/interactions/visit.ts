import assert from 'node:assert/strict'
import type { Test } from 'tap'
import { aServer, tinglin, type Answer, type Caller } from '../server.ts'

export const linkOf = ({ json }: Answer, relation: string): string | undefined =>
  json.link.find((link: { relation: string }) => link.relation === relation)?.url

interface Written extends Readonly<Record<string, unknown>> {
  readonly resourceType: string
  readonly id: string
}

/** A server with the records of one visit, all of which carry `tag`, and how to put more. */
export const aVisit = async (t: Test) => {
  const { ask } = await aServer(t)
  const put = async (resource: Written, as: Caller = tinglin) => {
    const { status } = await ask('PUT', `/fhir/${resource.resourceType}/${resource.id}`, {
      as,
      body: resource,
    })
    assert.equal(status, 201, `${resource.resourceType}/${resource.id}`)
  }

  const tag = [{ system: 'urn:test', code: 'system-search' }]
  const encounter = { reference: 'Encounter/tinglin-visit' }
  const liuyang = { reference: 'Patient/tinglin-liuyang' }
  await put({
    ...{ resourceType: 'Encounter', id: 'tinglin-visit', status: 'finished', subject: liuyang },
    ...{ class: { code: 'AMB' }, meta: { tag } },
  })
  await put({
    ...{ resourceType: 'Observation', id: 'tinglin-seen', status: 'final', subject: liuyang },
    ...{ encounter, code: { text: 'seen' }, meta: { tag }, effectiveDateTime: '2026-01-02' },
  })
  await put({
    ...{ resourceType: 'Condition', id: 'tinglin-had', subject: liuyang, encounter, meta: { tag } },
  })
  await put({
    ...{ resourceType: 'Observation', id: 'tinglin-told', status: 'final', code: { text: 'told' } },
    ...{ performer: [liuyang], meta: { tag } },
  })

  return { ask, put, liuyang }
}
