import { grantOf } from '../access/grant.ts'
import type { Principal } from '../access/principal.ts'
import { parseScopes } from '../access/scopes.ts'
import { NotFound } from '../fhir/errors.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Context, Exchange } from '../interactions/interaction.ts'
import { perform } from '../interactions/perform.ts'
import type { Registry } from '../registry/registry.ts'
import { consultationOf } from './consultation.ts'
import { directory } from './directory.ts'
import { registerParticipants, type SandboxClient } from './participants.ts'
import { givePasswords, type SandboxPerson } from './passwords.ts'
import { recordsOf, type DemoPatient } from './records.ts'

const patients: readonly DemoPatient[] = [
  {
    id: 'tinglin-liuyang',
    family: '刘',
    given: '洋',
    gender: 'male',
    birthDate: '1968-05-17',
    identity: '310199196805170013',
    problem: { code: 'E11.9', text: '2型糖尿病' },
  },
  {
    id: 'tinglin-shanxin',
    family: '单',
    given: '欣',
    gender: 'female',
    birthDate: '1975-11-02',
    identity: '310199197511020022',
    problem: { code: 'I10', text: '高血压' },
  },
  {
    id: 'zhujing-ouyang',
    family: '欧阳',
    given: '建华',
    gender: 'male',
    birthDate: '1959-08-23',
    identity: '310199195908230037',
    problem: { code: 'I25.1', text: '冠心病' },
  },
]

/** The patient with an active consultation and consent. */
const consultedPatient = 'tinglin-liuyang'

/** Whom the sandbox lets in, and how. */
export interface Seeded {
  readonly clients: readonly SandboxClient[]
  readonly people: readonly SandboxPerson[]
}

/** The name of the lock that servers which start at the same moment take turns by. */
const seedLock = '7042551928861309'

/**
 * Registers the sandbox's participants and, the first time, writes its directory and demo records:
 * each hospital its own, through the same doorway as everybody. Of several servers on one database
 * one does it, and the others wait. Gives back the clients with secrets and the people with passwords.
 */
export const seedSandbox = (
  context: Context,
  registry: Registry,
  dataDir: string,
): Promise<Seeded> =>
  context.database.transaction(async transaction => {
    const text = 'select pg_advisory_xact_lock($1::bigint)'
    await transaction.query({ name: 'seed-lock', text, values: [seedLock] })
    return seedAlone(context, registry, dataDir)
  })

const seedAlone = async (
  context: Context,
  registry: Registry,
  dataDir: string,
): Promise<Seeded> => {
  const clients = await registerParticipants(registry, dataDir)
  const people = await givePasswords(registry, dataDir)
  for (const organizationId of Object.keys(directory)) {
    const exchange = await exchangeOf(organizationId, context, registry)
    if (await isSeeded(organizationId, exchange)) continue
    await writeAll(directory[organizationId]!, exchange)
    for (const patient of patients.filter(({ id }) => id.startsWith(`${organizationId}-`)))
      await writeAll(recordsOf(patient, context.now().getFullYear() - 1), exchange)
    if (organizationId === consultedPatient.split('-')[0])
      await writeAll(consultationOf(consultedPatient, context.now()), exchange)
  }
  return { clients, people }
}

const exchangeOf = async (
  organizationId: string,
  context: Context,
  registry: Registry,
): Promise<Exchange> => {
  const principal: Principal = {
    issuer: context.baseUrl,
    tokenId: context.newId(),
    clientId: 'sandbox',
    subject: 'sandbox',
    organization: (await registry.organizations.byId(organizationId))!,
    scopes: parseScopes('system/*.cruds'),
    purpose: 'TREAT',
    expiresAt: Math.floor(context.now().getTime() / 1000) + 60,
  }
  return {
    context,
    grant: grantOf(principal),
    requestId: context.newId(),
    queryable: context.database,
    isLenient: false,
    returnPreference: 'minimal',
    language: 'zh-CN',
  }
}

const isSeeded = async (id: string, exchange: Exchange): Promise<boolean> => {
  try {
    await perform({ interaction: 'read', resourceType: 'Organization', id }, exchange)
    return true
  } catch (error) {
    if (error instanceof NotFound) return false
    throw error
  }
}

const writeAll = async (resources: readonly Resource[], exchange: Exchange): Promise<void> => {
  const entry = resources.map(resource => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }))
  await perform(
    { interaction: 'transaction', bundle: { resourceType: 'Bundle', type: 'transaction', entry } },
    exchange,
  )
}
