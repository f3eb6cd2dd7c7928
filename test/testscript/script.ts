import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import { parseXml } from '../../src/fhir/xml-reader.ts'

/** What this runner reads of a TestScript. @see https://hl7.org/fhir/R4/testscript.html */
export interface TestScript {
  readonly resourceType: 'TestScript'
  readonly fixture?: readonly Fixture[]
  readonly profile?: readonly { readonly id: string; readonly reference: string }[]
  readonly variable?: readonly Variable[]
  readonly setup?: { readonly action: readonly Action[] }
  readonly test?: readonly { readonly action: readonly Action[] }[]
  readonly teardown?: { readonly action: readonly Action[] }
}

export interface Fixture {
  readonly id: string
  readonly autocreate: boolean
  readonly autodelete: boolean
  readonly resource?: { readonly reference?: string }
}

export interface Variable {
  readonly name: string
  readonly defaultValue?: string
  readonly expression?: string
  readonly headerField?: string
  readonly path?: string
  readonly sourceId?: string
}

export interface Action {
  readonly operation?: Operation
  readonly assert?: Assertion
}

export interface Operation {
  readonly type?: { readonly code: string }
  readonly resource?: string
  readonly accept?: string
  readonly contentType?: string
  readonly encodeRequestUrl?: boolean
  readonly method?: string
  readonly params?: string
  readonly requestHeader?: readonly { readonly field: string; readonly value: string }[]
  readonly responseId?: string
  readonly sourceId?: string
  readonly targetId?: string
  readonly url?: string
}

export interface Assertion {
  readonly direction?: 'request' | 'response'
  readonly compareToSourceId?: string
  readonly compareToSourceExpression?: string
  readonly compareToSourcePath?: string
  readonly contentType?: string
  readonly expression?: string
  readonly headerField?: string
  readonly minimumId?: string
  readonly navigationLinks?: boolean
  readonly operator?: string
  readonly path?: string
  readonly requestURL?: string
  readonly resource?: string
  readonly response?: string
  readonly responseCode?: string
  readonly sourceId?: string
  readonly validateProfileId?: string
  readonly value?: string
  readonly warningOnly?: boolean
}

/** The resource in a file of JSON or XML. @throws SyntaxError when JSON is malformed. */
export const readResource = async (file: string): Promise<Resource> => {
  const bytes = readFileSync(file)
  if (file.endsWith('.xml')) return parseXml(bytes, loadDefinitions())
  return JSON.parse(bytes.toString('utf8')) as Resource
}

/**
 * The resource of a fixture: beside the script, or in one of the folders that scripts share.
 * Undefined where no such file is.
 */
export const fixtureResource = async (
  reference: string,
  script: string,
  shared: readonly string[],
): Promise<Resource | undefined> => {
  const file = [dirname(script), ...shared]
    .flatMap(folder => [
      join(folder, reference),
      join(folder, reference.replace(/^fixtures\//, '')),
    ])
    .find(existsSync)
  return file === undefined ? undefined : readResource(file)
}
