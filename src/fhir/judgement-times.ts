import type { Clock, Doubt } from './doubt.ts'
import type { JsonObject } from './walk.ts'

/** Minutes by which clocks of hospitals may be ahead without a word. */
const aheadMinutesMax = 5
const minute = 60_000
const yearMin = 1900
const ageYearsMax = 130

/** Elements that tell of what has happened, by type. */
const past: Readonly<Record<string, readonly string[]>> = {
  AllergyIntolerance: ['recordedDate', 'lastOccurrence'],
  AuditEvent: ['recorded'],
  Communication: ['sent', 'received'],
  Composition: ['date'],
  Condition: ['recordedDate', 'onsetDateTime'],
  Consent: ['dateTime'],
  DiagnosticReport: ['effectiveDateTime', 'issued'],
  DocumentReference: ['date'],
  FamilyMemberHistory: ['date'],
  ImagingStudy: ['started'],
  Immunization: ['recorded', 'occurrenceDateTime'],
  MedicationAdministration: ['effectiveDateTime'],
  MedicationDispense: ['whenPrepared', 'whenHandedOver'],
  MedicationRequest: ['authoredOn'],
  MedicationStatement: ['dateAsserted'],
  Observation: ['effectiveDateTime', 'effectiveInstant', 'issued'],
  Patient: ['birthDate', 'deceasedDateTime'],
  Person: ['birthDate'],
  Practitioner: ['birthDate'],
  Procedure: ['performedDateTime'],
  Provenance: ['recorded', 'occurredDateTime'],
  QuestionnaireResponse: ['authored'],
  RelatedPerson: ['birthDate'],
  ServiceRequest: ['authoredOn'],
  Specimen: ['receivedTime'],
  Task: ['authoredOn'],
}

/** Of these the times may be planned. */
const planned: ReadonlySet<unknown> = new Set(['registered', 'preparation', 'draft', 'proposed'])

/** Times that are ahead of the clock, or of another century; births and deaths that cannot be. */
export const judgeTimes = (
  resource: JsonObject,
  path: string,
  clock: Clock,
  doubt: Doubt,
): void => {
  const type = String(resource['resourceType'])
  const elements = Object.hasOwn(past, type) && !planned.has(resource['status']) ? past[type]! : []
  for (const name of elements) {
    const value = resource[name]
    const at = typeof value === 'string' ? timeOf(value, clock) : undefined
    if (at === undefined || typeof value !== 'string') continue
    const ahead = Math.floor((at - clock.now.getTime()) / minute)
    const here = `${path}.${name}`
    if (ahead > aheadMinutesMax)
      doubt('value', 'time-future', here, { minutes: ahead, allowed: aheadMinutesMax })
    else if (Number(value.slice(0, 4)) < yearMin) doubt('value', 'time-past', here)
  }
  judgeLife(resource, path, clock, doubt)
}

const judgeLife = (
  { birthDate, deceasedDateTime }: JsonObject,
  path: string,
  { now }: Clock,
  doubt: Doubt,
): void => {
  if (typeof birthDate !== 'string') return
  const year = Number(birthDate.slice(0, 4))
  const isDead = deceasedDateTime !== undefined
  if (!isDead && year >= yearMin && now.getUTCFullYear() - year > ageYearsMax)
    doubt('value', 'birth-date-implausible', `${path}.birthDate`, { years: ageYearsMax })
  // Both to the precision that both have.
  if (typeof deceasedDateTime !== 'string') return
  const digits = Math.min(birthDate.length, deceasedDateTime.length, 'YYYY-MM-DD'.length)
  if (deceasedDateTime.slice(0, digits) < birthDate.slice(0, digits))
    doubt('value', 'death-before-birth', `${path}.deceasedDateTime`)
}

/** The first moment of a date or time; a date begins in the zone of the exchange. */
const timeOf = (text: string, { zoneOffset }: Clock): number | undefined => {
  const [year = '', month = '01', day = '01'] = text.slice(0, 10).split('-')
  const whole = text.length > 10 ? text : `${year}-${month}-${day}T00:00:00${zoneOffset}`
  const time = Date.parse(whole)
  return Number.isNaN(time) ? undefined : time
}
