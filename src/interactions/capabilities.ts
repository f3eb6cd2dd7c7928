import { compartmentTypes } from '../fhir/compartments.ts'
import type { Definitions, SearchParameterDefinition } from '../fhir/definitions.ts'
import { resourceTypes } from '../fhir/resource-types.ts'
import {
  commonParameters,
  includesOf,
  revincludesByType,
  supportedParameters,
} from '../search/supported.ts'
import type { Context, InteractionCode } from './interaction.ts'
import { operationsAt, type OperationLevel } from './operations/definitions.ts'
import { patchFormats } from './patch-body.ts'
import { routes } from './routes.ts'

const typeCodes: ReadonlySet<InteractionCode> = new Set<InteractionCode>([
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type',
])

const systemCodes: ReadonlySet<InteractionCode> = new Set<InteractionCode>([
  'batch',
  'transaction',
  'history-system',
  'search-system',
])

const operationsOn = (levels: readonly OperationLevel[], resourceType?: string) => {
  const found = new Map(
    levels.flatMap(level =>
      operationsAt(level, resourceType).map(({ name, canonical }) => [name, canonical] as const),
    ),
  )
  return [...found].map(([name, definition]) => ({ name, definition }))
}

const stated = new WeakMap<Context, { readonly definitions: Definitions; readonly json: Buffer }>()

/** The CapabilityStatement as JSON, made once from each state of the definitions. */
export const capabilities = (context: Context): Buffer => {
  const { definitions } = context
  const known = stated.get(context)
  if (known?.definitions === definitions) return known.json
  const json = Buffer.from(JSON.stringify(capabilityStatement(context)))
  stated.set(context, { definitions, json })
  return json
}

/**
 * What this server does, computed from the tables it works by: the routes, the R4 definitions and
 * the compiled search parameters. It can promise no more than is served.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html
 */
export const capabilityStatement = ({ baseUrl, definitions, profiles, now }: Context) => {
  const served = routes.flatMap(({ interactions }) => interactions)
  const interaction = [...new Set(served)]
  const revincludes = revincludesByType(definitions)
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: now().toISOString().slice(0, 10),
    kind: 'instance',
    name: 'Huizhen',
    title: 'Huizhen (会诊)',
    description: 'FHIR R4 exchange between hospitals, with consent compiled into every query.',
    software: { name: 'Huizhen' },
    implementation: { description: 'Huizhen', url: `${baseUrl}/fhir` },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'application/fhir+xml', 'json', 'xml'],
    patchFormat: patchFormats,
    rest: [
      {
        mode: 'server',
        security: security(baseUrl),
        resource: resourceTypes.map(type => ({
          type,
          profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
          ...nonEmpty('supportedProfile', profiles.canonicals(type)),
          interaction: interaction.filter(code => typeCodes.has(code)).map(code => ({ code })),
          versioning: 'versioned-update',
          readHistory: true,
          updateCreate: true,
          conditionalCreate: true,
          conditionalRead: 'full-support',
          conditionalUpdate: served.includes('conditional-update'),
          conditionalDelete: served.includes('conditional-delete') ? 'single' : 'not-supported',
          referencePolicy: ['literal', 'logical'],
          ...nonEmpty('searchInclude', includesOf(type, definitions)),
          ...nonEmpty('searchRevInclude', revincludes.get(type) ?? []),
          searchParam: supportedParameters(type, definitions).map(described),
          ...nonEmpty('operation', operationsOn(['type', 'instance'], type)),
        })),
        searchParam: [...commonParameters(definitions).map(described), ...specials],
        compartment: compartmentTypes.map(
          type => `http://hl7.org/fhir/CompartmentDefinition/${lowerFirst(type)}`,
        ),
        interaction: interaction.filter(code => systemCodes.has(code)).map(code => ({ code })),
        ...nonEmpty('operation', operationsOn(['system'])),
      },
    ],
  }
}

const described = ({ code, type, url }: SearchParameterDefinition) => ({
  ...{ name: code, type, definition: url },
})

/** What every search takes and no SearchParameter of R4 describes. */
const specials = [
  { name: '_filter', type: 'special' },
  { name: '_has', type: 'special' },
  { name: '_list', type: 'string' },
  { name: '_type', type: 'special', documentation: 'In searches of several types.' },
]

const lowerFirst = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1)

const nonEmpty = (name: string, list: readonly unknown[]): Record<string, unknown> =>
  list.length === 0 ? {} : { [name]: list }

const oauthUris = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'

/** @see https://hl7.org/fhir/smart-app-launch/conformance.html */
const security = (baseUrl: string) => ({
  cors: false,
  service: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
          code: 'SMART-on-FHIR',
        },
      ],
    },
  ],
  extension: [
    {
      url: oauthUris,
      extension: ['authorize', 'token', 'revoke', 'introspect'].map(name => ({
        url: name,
        valueUri: `${baseUrl}/auth/${name}`,
      })),
    },
  ],
})
