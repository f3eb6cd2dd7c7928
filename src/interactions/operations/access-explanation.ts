import type { ParametersParameter } from '@medplum/fhirtypes'
import type { Grant } from '../../access/grant.ts'
import { covers, formatScope } from '../../access/scopes.ts'
import type { Address } from '../../fhir/resource.ts'
import type { TracedConsent, TracedPatient, TraceRow } from '../../search/compile-trace.ts'
import { isSharedType } from '../../search/visible.ts'

/** What a read comes to: `redacted` is shown without what tells of the rest. */
export type Decided = 'whole' | 'redacted' | 'hidden' | 'no-scope'

/** What an explanation is made of. */
export interface Explained {
  readonly row: TraceRow
  readonly decided: Decided
  /** Whom it is about. */
  readonly of: Grant
  readonly address: Address
}

/** The answer of `$explain-access`: the decision, its reason, and every rule that had a part in it. */
export const explanationOf = (explained: Explained): readonly ParametersParameter[] => {
  const { row, decided, of, address } = explained
  const isPermitted = decided === 'whole' || decided === 'redacted'
  const { scopes, purpose, organization } = of.principal
  const covering = scopes.filter(scope => covers([scope], address.resourceType, 'r'))
  return [
    { name: 'decision', valueCode: isPermitted ? 'permit' : 'deny' },
    { name: 'reason', valueCode: reasonOf(explained) },
    ...(isPermitted ? [{ name: 'shown', valueCode: decided }] : []),
    reference('resource', `${address.resourceType}/${address.id}/_history/${row.version}`),
    reference('owner', `Organization/${row.owner_id}`),
    reference('organization', `Organization/${organization.id}`),
    { name: 'purpose', valueCode: purpose },
    ...covering.map(scope => ({ name: 'scope', valueString: formatScope(scope) })),
    recordPart(row),
    policyPart(row),
    ...row.patients.map(patientPart),
  ]
}

/** The one thing that makes the decision; where several would, the first that is asked. */
// oxlint-disable-next-line complexity -- the order of the questions of CONSENT 2.2
const reasonOf = ({ row, decided, of, address }: Explained): string => {
  const { visibility, principal } = of
  if (decided === 'no-scope') return 'scope-missing'
  const isPermitted = decided !== 'hidden'
  const { by } = visibility.confined ?? {}
  const isOwn = row.owner === visibility.organization
  if (isPermitted && isSharedType(address.resourceType)) return 'directory'
  if (by === 'self') return isPermitted ? 'own-patient' : 'other-patient'
  if (isPermitted && isOwn) return 'own-record'
  if (by === 'glass') return isPermitted ? 'break-glass' : 'break-glass-shut'
  const permits = row.patients.length > 0 && row.patients.every(isOpen)
  if (isPermitted) return permits ? 'consent' : row.addressed ? 'addressed' : 'directory'
  if (isOwn || permits) return principal.patient === undefined ? 'bounded' : 'other-patient'
  if (visibility.purposes.length === 0) return 'purpose'
  if (row.patients.length === 0) return 'no-patient'
  if (row.patients.some(({ decision }) => decision < 0)) return 'denied'
  return row.patients.some(({ consulted }) => !consulted) ? 'no-consultation' : 'no-consent'
}

const isOpen = ({ consulted, decision }: TracedPatient): boolean => consulted && decision > 0

const reference = (name: string, to: string): ParametersParameter => ({
  name,
  valueReference: { reference: to },
})

const levels = ['U', 'L', 'M', 'N', 'R', 'V']

const recordPart = (row: TraceRow): ParametersParameter => ({
  name: 'record',
  part: [
    { name: 'deleted', valueBoolean: row.deleted },
    { name: 'addressed', valueBoolean: row.addressed },
    { name: 'confidentiality', valueCode: levels[row.confidentiality]! },
    { name: 'screened', valueBoolean: row.screened },
    { name: 'labelled', valueBoolean: row.labelled },
  ],
})

const policyPart = ({ policy }: TraceRow): ParametersParameter => ({
  name: 'policy',
  part:
    policy === null
      ? [{ name: 'missing', valueBoolean: true }]
      : [
          { name: 'default-policy', valueCode: policy.default_policy },
          { name: 'gate', valueCode: policy.gate },
          { name: 'gate-precision', valueCode: policy.gate_precision },
          { name: 'honor-opt-in', valueBoolean: policy.honor_opt_in },
          { name: 'grace-days', valueInteger: policy.grace_days },
          { name: 'directed-exchange', valueBoolean: policy.directed_exchange },
        ],
})

const verdicts = { '-1': 'deny', 0: 'none', 1: 'permit', 2: 'permit' } as const

const patientPart = (patient: TracedPatient): ParametersParameter => ({
  name: 'patient',
  part: [
    ...(patient.id === null ? [] : [reference('reference', `Patient/${patient.id}`)]),
    { name: 'consulted', valueBoolean: patient.consulted },
    ...patient.consultations.map(({ id, version }) =>
      reference('consultation', `ServiceRequest/${id}/_history/${version}`),
    ),
    { name: 'decision', valueCode: verdicts[patient.decision] },
    ...patient.consents.map(consentPart),
    ...patient.glasses.map(id => reference('break-glass', `Task/${id}`)),
  ],
})

const consentPart = ({ id, version, decision, provisions }: TracedConsent) => ({
  name: 'consent',
  part: [
    reference('reference', `Consent/${id}/_history/${version}`),
    { name: 'decision', valueCode: verdicts[decision] },
    ...provisions.map(ordinal => ({ name: 'provision', valueInteger: ordinal })),
  ],
})
