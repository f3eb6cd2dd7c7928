import { consentExamples, consentFrame } from '../access/consent-examples.ts'
import { grantOf } from '../access/grant.ts'
import { parseScopes } from '../access/scopes.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Context, Exchange } from '../interactions/interaction.ts'
import { perform } from '../interactions/perform.ts'
import { consultationOf } from './consultation.ts'
import { recordsOf, type DemoPatient } from './records.ts'

/** Resources of one transaction. */
const bundleMax = 500
/** Resources of the patient with much. */
const manyResources = 5000

const patientOf = (number: number, given: string): DemoPatient => ({
  id: `tinglin-example-${String(number).padStart(2, '0')}`,
  ...{ family: '示', given, gender: number % 2 === 0 ? 'female' : 'male' },
  birthDate: `19${60 + number}-0${1 + (number % 9)}-15`,
  identity: `31019919${60 + number}0${1 + (number % 9)}150${String(number).padStart(2, '0')}X`,
  problem: { code: 'E11.9', text: '2型糖尿病' },
})

const isoDay = (from: Date, days: number): string =>
  new Date(from.getTime() + days * 86_400_000).toISOString().slice(0, 10)

/**
 * Writes the patients of the worked examples, one whose consent has expired, one who has withdrawn it and
 * one with 5,000 resources, as the hospital tinglin. Gives the number of resources.
 */
export const fillSandbox = async (
  context: Context,
  onProgress: (done: number, all: number) => void,
): Promise<number> => {
  const now = context.now()
  const year = now.getFullYear() - 1
  const resources: Resource[] = []
  for (const [index, { consent }] of consentExamples.entries()) {
    const patient = patientOf(index + 1, `例${index + 1}`)
    const [, request] = consultationOf(patient.id, now)
    const consents = consent === undefined ? [] : [consentOf(patient.id, consent, year)]
    // Of the seventh example the second consent is shown: beside it stands the first.
    if (index === 6) consents.push(consultationOf(patient.id, now)[0]!)
    resources.push(...recordsOf(patient, year), request!, ...consents)
  }
  for (const [number, name, change] of [
    [15, '例过期', { provision: { period: { end: isoDay(now, -30) } } }],
    [16, '例撤回', { status: 'inactive' }],
  ] as const) {
    const patient = patientOf(number, name)
    const [consent, request] = consultationOf(patient.id, now)
    const { provision, ...rest } = consent as Resource & { readonly provision: object }
    const changed = 'provision' in change ? { ...provision, ...change.provision } : provision
    const status = 'status' in change ? { status: change.status } : {}
    resources.push(...recordsOf(patient, year), request!, {
      ...rest,
      provision: changed,
      ...status,
    })
  }
  resources.push(...manyOf(patientOf(17, '例五千'), now))
  const exchange = await exchangeOf(context)
  for (let at = 0; at < resources.length; at += bundleMax) {
    await write(resources.slice(at, at + bundleMax), exchange)
    onProgress(Math.min(at + bundleMax, resources.length), resources.length)
  }
  return resources.length
}

/** The consent of an example, about this patient and one of the patient's stays. */
const consentOf = (
  patientId: string,
  consent: Readonly<Record<string, unknown>>,
  year: number,
): Resource => {
  const text = JSON.stringify({ ...consentFrame(patientId, 'tinglin'), ...consent })
  // The demo records are of last year: the periods of the guide become the first half of it.
  const own = text
    .replaceAll('tinglin-liuyang-202601', `${patientId}-${year}01`)
    .replaceAll(/"20(?:23|21)-01-01"/g, `"${year}-01-01"`)
    .replaceAll(/"20(?:24|21)-12-31"/g, `"${year}-06-30"`)
  return { ...(JSON.parse(own) as Resource), id: `${patientId}-example` }
}

/** A year of records, and glucose measured several times a day. */
const manyOf = (patient: DemoPatient, now: Date): readonly Resource[] => {
  const records = recordsOf(patient, now.getFullYear() - 1)
  const [consent, request] = consultationOf(patient.id, now)
  const first = [...records, consent!, request!]
  const measured = Array.from({ length: manyResources - first.length }, (_, index): Resource => ({
    resourceType: 'Observation',
    id: `${patient.id}-glucose-${index}`,
    status: 'final',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: 'laboratory',
          },
        ],
      },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '2345-7' }], text: '葡萄糖' },
    subject: { reference: `Patient/${patient.id}` },
    effectiveDateTime: `${isoDay(now, -Math.floor(index / 6))}T${String(6 + (index % 6) * 3).padStart(2, '0')}:00:00+08:00`,
    valueQuantity: {
      value: Number((7 + 2 * Math.sin(index * 1.3)).toFixed(1)),
      ...{ unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
    },
  }))
  return [...first, ...measured]
}

const exchangeOf = async (context: Context): Promise<Exchange> => ({
  context,
  grant: grantOf({
    ...{ issuer: context.baseUrl, tokenId: context.newId(), clientId: 'sandbox' },
    ...{ subject: 'sandbox', purpose: 'TREAT', scopes: parseScopes('system/*.cruds') },
    organization: (await context.organizationById('tinglin'))!,
    expiresAt: Number.MAX_SAFE_INTEGER,
  }),
  ...{ requestId: context.newId(), queryable: context.database, isLenient: false },
  ...{ returnPreference: 'minimal', language: 'zh-CN' },
})

const write = async (resources: readonly Resource[], exchange: Exchange): Promise<void> => {
  const entry = resources.map(resource => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }))
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry } as const
  await perform({ interaction: 'transaction', bundle }, exchange)
}
