/**
 * What makes a ServiceRequest a request for a consultation: a code of `category` or `code`, or the
 * word in their text. Codes are compared without their system, because hospitals send their own.
 */
export const consultation = {
  codes: new Set([
    'consultation',
    'consult',
    'remote-consultation',
    'teleconsultation',
    '11429006', // SNOMED CT: Consultation
    '448337001', // SNOMED CT: Telemedicine consultation with patient
    '3457005', // SNOMED CT: Patient referral
    '103696004', // SNOMED CT: Patient referral to specialist
    '11488-4', // LOINC: Consult note
  ]) as ReadonlySet<string>,
  words: /\bconsult(?:ation)?\b|\btele-?consult(?:ation)?\b|会诊/i,
}
