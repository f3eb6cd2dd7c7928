import type { Definitions, ElementDefinition, TypeDefinition } from './definitions.ts'
import { parseJson, stringifyJson } from './json.ts'
import type { Meta, Resource } from './resource.ts'
import { isResourceType } from './resource-types.ts'
import { isObject, type JsonObject } from './walk.ts'

/** Says that something was taken out of a resource before it was served. */
export const redactedLabel = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'REDACTED',
  display: 'redacted',
}

/** What stands where a mandatory text was. */
const masked = {
  extension: [
    {
      url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
      valueCode: 'masked',
    },
  ],
}
const emptyNarrative = {
  status: 'empty',
  div: '<div xmlns="http://www.w3.org/1999/xhtml">—</div>',
}

/** Whether the target of a reference may be named though the patient limited what is shown. */
export type MayBeNamed = (resourceType: string) => boolean

/**
 * A stored resource without what could tell of others that its patient keeps back: every narrative,
 * the links of a Patient, and the names and identifiers of what its references lead to, except where
 * `mayBeNamed`. Its own elements stay. It is labelled as redacted when something was taken out, and comes back as it was
 * otherwise.
 * @see https://hl7.org/fhir/R4/security-labels.html
 */
export const redactJson = (
  json: Buffer,
  definitions: Definitions,
  mayBeNamed: MayBeNamed,
): Buffer => {
  const redaction = new Redaction(definitions, mayBeNamed)
  const { meta, ...rest } = redaction.resource(parseJson(json) as Resource)
  if (!redaction.hasTaken) return json
  const { resourceType, id, ...elements } = rest
  const labels: unknown = (meta as Meta | undefined)?.['security']
  const security = [...(Array.isArray(labels) ? labels : []), redactedLabel]
  return Buffer.from(
    stringifyJson({ resourceType, id, meta: { ...(meta as Meta), security }, ...elements }),
  )
}

class Redaction {
  readonly #definitions: Definitions
  readonly #mayBeNamed: MayBeNamed
  hasTaken = false

  constructor(definitions: Definitions, mayBeNamed: MayBeNamed) {
    this.#definitions = definitions
    this.#mayBeNamed = mayBeNamed
  }

  resource<Node extends JsonObject>(resource: Node): Node {
    const type = this.#definitions.types.get(String(resource['resourceType']))
    return type === undefined ? resource : (this.#members(resource, type) as Node)
  }

  #members(node: JsonObject, type: TypeDefinition): JsonObject {
    const members: JsonObject = {}
    for (const [name, value] of Object.entries(node)) {
      if (isLinkOfPatient(node, name)) {
        this.hasTaken = true
        continue
      }
      const element = type.elements.get(name)
      const isNarrative = element?.type === 'Narrative'
      if (isNarrative) this.hasTaken = true
      // The narrative of a resource is optional; that of a section may be all there is of it.
      if (isNarrative && type.kind === 'resource') continue
      members[name] = element === undefined ? value : this.#value(value, element)
    }
    return members
  }

  #value(value: unknown, element: ElementDefinition): unknown {
    if (Array.isArray(value)) return value.map(item => this.#value(item, element))
    if (!isObject(value)) return value
    if (element.type === 'Narrative') return emptyNarrative
    if (element.type === 'Reference') return this.#reference(value, element)
    const named = value['resourceType']
    const isResource = typeof named === 'string' && isResourceType(named)
    const type = this.#definitions.types.get(isResource ? named : element.type)
    return type === undefined ? value : this.#members(value, type)
  }

  #reference(reference: JsonObject, element: ElementDefinition): JsonObject {
    const { display, identifier, _display, ...rest } = this.#members(
      reference,
      this.#definitions.types.get('Reference')!,
    )
    const isBare = display === undefined && identifier === undefined && _display === undefined
    if (isBare || isNameKept(reference, element, this.#mayBeNamed)) return reference
    this.hasTaken = true
    const leadsSomewhere = rest['reference'] !== undefined || rest['extension'] !== undefined
    return leadsSomewhere ? rest : { ...rest, ...masked }
  }
}

/** Whether a member says whom else a Patient is, or is to be told from. */
export const isLinkOfPatient = (node: JsonObject, name: string): boolean =>
  name === 'link' && node['resourceType'] === 'Patient'

/** Whether the names of a reference stay when a resource is redacted: the texts of it that are no address. */
export const isNameKept = (
  reference: JsonObject,
  { targets }: Pick<ElementDefinition, 'targets'>,
  mayBeNamed: MayBeNamed,
): boolean => targetTypes(reference, targets).every(mayBeNamed)

/** What a reference may lead to: the type it states, or all that its element allows. */
const targetTypes = (
  { type, reference }: JsonObject,
  targets: readonly string[] | undefined,
): readonly string[] => {
  const path = typeof reference === 'string' ? reference.split('/_history/')[0]!.split('/') : []
  const stated = path.at(-2)
  if (stated !== undefined && isResourceType(stated)) return [stated]
  return typeof type === 'string' ? [type] : (targets ?? ['Resource'])
}
