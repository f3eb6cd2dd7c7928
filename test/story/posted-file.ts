import { readFileSync } from 'node:fs'
import type { Answer, TestServer } from '../server.ts'
import { tinglin } from '../server.ts'

/** Ids that clients choose begin with the name of their hospital. */
const withOwnIds = (text: string): string =>
  text
    .replaceAll(/("id": ")/g, '$1tinglin-')
    .replaceAll(/\b([A-Z][A-Za-z]+)\/(?=\w)/g, '$1/tinglin-')

/** Sends a file as its role demands: a transaction or batch to the endpoint, else to its type. */
export const postFile = (
  { ask }: TestServer,
  file: string,
  { isBundle, hasOwnIds = isBundle }: { readonly isBundle: boolean; readonly hasOwnIds?: boolean },
): Promise<Answer> => {
  const text = readFileSync(file, 'utf8')
  const type = /"resourceType":\s*"(\w+)"|<([A-Z]\w+) xmlns/.exec(text)
  const isXml = file.endsWith('.xml')
  return ask('POST', isBundle ? '/fhir' : `/fhir/${type?.[1] ?? type?.[2] ?? 'Patient'}`, {
    as: tinglin,
    body: hasOwnIds ? withOwnIds(text) : text,
    headers: {
      accept: 'application/fhir+json',
      'content-type': `application/fhir+${isXml ? 'xml' : 'json'}`,
    },
  })
}

/** Deletes the patients that a file left, so that the criteria of the next meet none of them. */
export const forgetPatients = async ({ ask }: TestServer): Promise<void> => {
  const { json } = await ask('GET', '/fhir/Patient?_count=100', { as: tinglin })
  for (const { resource } of json.entry ?? [])
    await ask('DELETE', `/fhir/Patient/${resource.id}`, { as: tinglin })
}

/** What an outcome blames, first come first. */
export const blamed = (outcome: {
  readonly issue: readonly {
    readonly details: { readonly coding: readonly { readonly code: string }[] }
    readonly expression?: readonly string[]
  }[]
}): string[] =>
  outcome.issue.map(({ details, expression }) =>
    [details.coding[0]!.code, ...(expression ?? [])].join(' '),
  )
