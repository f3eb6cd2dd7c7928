import type { Resource } from '../../src/fhir/resource.ts'
import { tinglin, zhang, type Answer, type Caller, type TestServer } from '../server.ts'
import { transactionOf } from '../story/papers.ts'
import { sameAsAbsent } from './absence.ts'

type Assertions = Parameters<typeof sameAsAbsent>[0]

/** An id no record of these tests has. */
export const absent = 'tinglin-nothing'

/** How the leak tests file records as tinglin and look for them, as a specialist unless they say otherwise. */
export const leakAsking = ({ ask }: Pick<TestServer, 'ask'>) => {
  const file = async (...resources: readonly Resource[]): Promise<void> => {
    const body = transactionOf(...resources)
    const { status, text } = await ask('POST', '/fhir', { as: tinglin, body })
    if (status !== 200) throw new Error(text)
  }
  const get = (
    path: string,
    as: Caller = zhang,
    headers: Record<string, string> = {},
  ): Promise<Answer> => ask('GET', `/fhir/${path}`, { as, headers })
  /** Read, history and search answer as they do for what was never there. */
  const isHidden = async (t: Assertions, { resourceType, id }: Resource): Promise<void> => {
    for (const path of ['', '/_history', '/_history/1']) {
      const { status } = await sameAsAbsent(t, [id!, absent], to =>
        get(`${resourceType}/${to}${path}`),
      )
      t.equal(status, 404, `${resourceType}/${id}${path}`)
    }
    const { json } = await get(`${resourceType}?_id=${id}`)
    t.equal(json.total, 0, `${resourceType}?_id=${id}`)
    const { status } = await get(`${resourceType}/${id}`, tinglin)
    t.equal(status, 200, 'its owner sees it')
  }
  return { file, get, isHidden }
}
