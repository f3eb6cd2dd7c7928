import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  refreshTokenGrant,
  sandboxPersonGrant,
} from '../registry/grant-names.ts'
import { hashSecret, type NewClient } from '../registry/clients.ts'
import { integrationRole, privacyOfficerRole } from '../registry/people.ts'
import type { Registry } from '../registry/registry.ts'
import { readCredentials, writeCredentials } from './credentials.ts'

/** A client of the sandbox with the secret it signs in with. */
export interface SandboxClient {
  readonly id: string
  readonly secret: string
}

const organizations = [
  { id: 'no6', name: '上海市第六人民医院' },
  { id: 'tinglin', name: '金山区亭林医院' },
  { id: 'zhujing', name: '朱泾医院' },
]

/** The people of the sandbox. */
export const staff = [
  { id: 'no6-zhang', organization: 'no6', name: '张明远', role: 'specialist' },
  { id: 'no6-li', organization: 'no6', name: '李静怡', role: 'specialist' },
  { id: 'no6-sun', organization: 'no6', name: '孙晓岚', role: privacyOfficerRole },
  { id: 'tinglin-chen', organization: 'tinglin', name: '陈立', role: integrationRole },
  { id: 'zhujing-gu', organization: 'zhujing', name: '顾敏', role: integrationRole },
  { id: 'tinglin-wu', organization: 'tinglin', name: '吴建国', role: privacyOfficerRole },
]

/** Care, and three purposes that open nothing, so that everyone can see them refused. */
const purposes = ['TREAT', 'ETREAT', 'PATRQT', 'HPAYMT', 'HRESCH', 'HMARKT']

const system = (id: string, organization: string, name: string): NewClient => ({
  id,
  organization,
  name,
  kind: 'system',
  scopes: ['system/*.cruds'],
  purposes,
  grantTypes: [clientCredentialsGrant],
})

/** Where apps under development listen, on any port, and Postman. */
const callbacks = [
  ...['http://127.0.0.1/callback', 'http://localhost/callback'],
  'https://oauth.pstmn.io/v1/callback',
]

const people = (id: string, organization: string, name: string): NewClient => ({
  ...system(id, organization, name),
  kind: 'people',
  scopes: ['user/*.cruds', 'patient/*.rs'],
  purposes: [...purposes, 'BTG'],
  grantTypes: [authorizationCodeGrant, refreshTokenGrant, sandboxPersonGrant],
  redirectUris: callbacks,
})

const clients: readonly NewClient[] = [
  system('tinglin-ehr', 'tinglin', '亭林医院电子病历'),
  system('zhujing-ehr', 'zhujing', '朱泾医院电子病历'),
  system('no6-system', 'no6', '六院集成平台'),
  people('no6-app', 'no6', '六院远程会诊'),
  people('tinglin-app', 'tinglin', '亭林医院工作站'),
]

/** An app that can keep no secret. */
const publicClient: NewClient = {
  ...people('no6-web', 'no6', '六院网页应用'),
  grantTypes: [authorizationCodeGrant, refreshTokenGrant],
  isPublic: true,
}

/**
 * Registers the sandbox's organizations, clients and practitioners where they are missing, and gives
 * the clients with their secrets. The secrets stay in `sandbox-credentials.json` of the data folder,
 * for the `token` command; one that is lost there is replaced. Running it again changes nothing.
 */
export const registerParticipants = async (
  registry: Registry,
  dataDir: string,
): Promise<readonly SandboxClient[]> => {
  await registry.refresh()
  for (const organization of organizations) {
    if ((await registry.organizations.byId(organization.id)) === undefined) {
      // Demo data and examples refer to much that nobody sends.
      await registry.organizations.create({ ...organization, referencePolicy: 'open' })
      await registry.policies.change(organization.id, { defaultPolicy: 'break-glass-only' })
    }
  }
  for (const person of staff) {
    if ((await registry.people.byId(person.id)) === undefined) await registry.people.create(person)
  }
  if ((await registry.clients.byId(publicClient.id)) === undefined)
    await registry.clients.create(publicClient)
  const known = await readCredentials(dataDir)
  const found: SandboxClient[] = []
  for (const client of clients) {
    found.push({ id: client.id, secret: await secretOf(client, known[client.id], registry) })
  }
  const credentials = Object.fromEntries(found.map(({ id, secret }) => [id, secret]))
  if (found.some(({ id, secret }) => known[id] !== secret)) {
    await writeCredentials(dataDir, { ...known, ...credentials })
  }
  return found
}

/** The known secret when it is still the registered one, or a new one. */
const secretOf = async (
  client: NewClient,
  known: string | undefined,
  registry: Registry,
): Promise<string> => {
  const registered = await registry.clients.byId(client.id)
  if (registered === undefined) {
    const { secret } = await registry.clients.create(client)
    if (secret === undefined) throw new Error(`the sandbox client ${client.id} got no secret`)
    return secret
  }
  if (known !== undefined && hashSecret(known) === registered.secretHash) return known
  return registry.clients.renewSecret(client.id)
}
