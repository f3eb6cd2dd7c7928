import type { Test } from 'tap'
import { data } from '../data.ts'
import { tinglin, zhujing, type Caller } from '../server.ts'
import {
  sourceBundles,
  storedResources,
  type SourceResource,
  type StoredResource,
} from './bundles.ts'
import { aListeningServer, type ListeningServer } from './listening.ts'

/** The record of one patient as its hospital loaded it. What is expected is computed from the file. */
export class PatientRecord {
  readonly resources: readonly StoredResource[]
  /** `Patient/id` on the server. */
  readonly patient: string

  constructor(resources: readonly StoredResource[]) {
    this.resources = resources
    this.patient = resources.find(({ resourceType }) => resourceType === 'Patient')!.address
  }

  /** The addresses of a type, sorted; only of those that satisfy `holds`, if given. */
  addresses(
    resourceType: string,
    holds: (resource: SourceResource) => boolean = () => true,
  ): string[] {
    return this.ofType(resourceType)
      .filter(({ resource }) => holds(resource))
      .map(({ address }) => address)
      .sort()
  }

  ofType(resourceType: string): StoredResource[] {
    return this.resources.filter(stored => stored.resourceType === resourceType)
  }

  /** The types that say something about the patient. */
  get clinicalTypes(): string[] {
    const types = new Set(this.resources.map(({ resourceType }) => resourceType))
    return [...types].filter(type => type !== 'Organization' && type !== 'Practitioner').sort()
  }
}

/** Whether an Observation is of category `laboratory`. */
export const isLaboratory = (resource: SourceResource): boolean =>
  resource['category'].some((category: { coding: { code: string }[] }) =>
    category.coding.some(({ code }) => code === 'laboratory'),
  )

/** A server where tinglin has loaded four patients with long histories, and zhujing one. */
export interface Story extends ListeningServer {
  readonly eduardo: PatientRecord
  /** Has the same family name as the first. */
  readonly enrique: PatientRecord
  readonly alden: PatientRecord
  readonly rory: PatientRecord
  readonly elsewhere: PatientRecord
}

/** The story's server, or undefined where the third-party data is not on this machine. */
export const aStory = async (t: Test): Promise<Story | undefined> => {
  const synthea = data(t, '01-synthea/smart-2019-dev40')
  const chinese = data(t, '12-chinese-content/synthea-zh-40-derived')
  if (synthea === undefined || chinese === undefined) return undefined
  const server = await aListeningServer(t)
  const load = async (folder: string, name: string, as: Caller): Promise<PatientRecord> => {
    const source = sourceBundles(folder, [name])[0]!
    const answer = await server.send('POST', '', { as, body: source.text })
    if (answer.status !== 200) throw new Error(`${name} answered ${answer.status}: ${answer.text}`)
    return new PatientRecord(storedResources(source, answer.json))
  }
  return {
    ...server,
    eduardo: await load(synthea, 'Eduardo_Trevi', tinglin),
    enrique: await load(synthea, 'Enrique_Trevi', tinglin),
    alden: await load(synthea, 'Alden_Considine', tinglin),
    rory: await load(synthea, 'Rory_Schulist', tinglin),
    elsewhere: await load(chinese, '018f428e', zhujing),
  }
}
