import type { Welcome } from './people.ts'
import { authOf, itemOf } from './postman-request.ts'
import { story } from './postman-story.ts'

const schema = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json'

const description = `The story of a remote consultation, request by request, with tests. Run it from the top: the first folder fetches the tokens. Credentials stand in the environment.

远程会诊的完整流程,含测试脚本。请从第一个文件夹开始运行以获取令牌;凭据在环境文件中。`

/** A Postman collection of the story of a consultation, with the expected outcome of each request. */
export const postmanCollection = () => ({
  info: { name: 'Huizhen 会诊', description, schema },
  item: story.map(({ name, description: text, sender, requests }) => ({
    name,
    description: text,
    auth: authOf(sender),
    item: requests.map(itemOf),
  })),
})

/** What the sandbox's clients are to the story. */
const sandboxRoles = {
  client: 'tinglin-ehr',
  otherClient: 'zhujing-ehr',
  specialistClient: 'no6-app',
} as const

/** The hospital that an environment is for, and the client it asks with. */
export interface OwnHospital {
  readonly organization: string
  readonly client: string
}

/**
 * The environment of that collection: in the sandbox with its credentials, elsewhere with empty values
 * to fill in. Whoever has the file can act for its clients.
 */
export const postmanEnvironment = ({ baseUrl, sandboxClients }: Welcome, own?: OwnHospital) => {
  const isSandbox = sandboxClients.length > 0
  const roles = own === undefined ? sandboxRoles : { ...sandboxRoles, client: own.client }
  const credentials = Object.entries(roles).flatMap(([name, id]): [string, string, string][] => {
    if (name === 'client' && own !== undefined)
      return [
        ['clientId', own.client, 'default'],
        ['clientSecret', sandboxClients.find(known => known.id === id)?.secret ?? '', 'secret'],
      ]
    const client = sandboxClients.find(known => known.id === id)
    return [
      [`${name}Id`, client?.id ?? '', 'default'],
      [`${name}Secret`, client?.secret ?? '', 'secret'],
    ]
  })
  const values: readonly (readonly [key: string, value: string, type: string])[] = [
    ['baseUrl', baseUrl, 'default'],
    ...credentials,
    ['prefix', own?.organization ?? (isSandbox ? 'tinglin' : ''), 'default'],
    ['specialistUser', isSandbox ? 'no6-zhang' : '', 'default'],
    ['specialistOrganization', isSandbox ? 'no6' : '', 'default'],
  ]
  return {
    name: own === undefined ? 'Huizhen 会诊' : `Huizhen 会诊 ${own.organization}`,
    values: values.map(([key, value, type]) => ({ key, value, type, enabled: true })),
  }
}
