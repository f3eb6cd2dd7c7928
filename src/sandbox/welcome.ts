import type { Config } from '../config.ts'
import type { SandboxClient } from './participants.ts'
import type { SandboxPerson } from './passwords.ts'

/** What the server prints once it listens: where it is, how to get a token, what to try. */
export const welcomeText = (
  { baseUrl, sandbox }: Pick<Config, 'baseUrl' | 'sandbox'>,
  clients: readonly SandboxClient[],
  people: readonly SandboxPerson[] = [],
): string => {
  const hospital = clients.find(({ id }) => id === 'tinglin-ehr')
  const where = `
Huizhen 会诊 is listening.

  FHIR endpoint   ${baseUrl}/fhir
  Token endpoint  ${baseUrl}/auth/token
  Landing page    ${baseUrl}/
  Postman         ${baseUrl}/postman/collection.json
                  ${baseUrl}/postman/environment.json
`
  if (!sandbox || hospital === undefined) return `${where}\n`
  return `${where}
Get a token (sandbox; all credentials are on the landing page):

  TOKEN=$(npm run --silent huizhen -- token no6-app --user no6-zhang)

Sign in, in an app or in Postman (client no6-web, no secret):

${people.map(({ id, password }) => `  ${id.padEnd(12)} ${password}`).join('\n')}

Try these:

  curl -s -H "Authorization: Bearer $TOKEN" '${baseUrl}/fhir/Patient?name=刘洋'
  curl -s -H "Authorization: Bearer $TOKEN" '${baseUrl}/fhir/Observation?patient=tinglin-liuyang&category=laboratory&_sort=-date&_count=5'
  curl -s -H "Authorization: Bearer $TOKEN" '${baseUrl}/fhir/DiagnosticReport?patient=tinglin-liuyang&_include=DiagnosticReport:result&_count=1'

`
}
