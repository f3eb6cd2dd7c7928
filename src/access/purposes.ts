/** The code system purposes of use are taken from. @see https://terminology.hl7.org/CodeSystem-v3-ActReason.html */
export const purposeSystem = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'

/**
 * Every PurposeOfUse code of v3-ActReason under its parent; the empty parent means the top. A test
 * holds this table equal to the published hierarchy.
 */
const parents: ReadonlyMap<string, string> = new Map([
  ...under('', 'HMARKT HOPERAT HPAYMT HRESCH PATRQT PUBHLTH TREAT'),
  ...under('HOPERAT', 'CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS'),
  ...under('HOPERAT', 'HPRGRP HQUALIMP HSYSADMIN MEMADMIN MILCDM PATADMIN PATSFTY PERFMSR'),
  ...under('HOPERAT', 'RECORDMGT SYSDEV TRAIN'),
  ...under('HSYSADMIN', 'LABELING METAMGT'),
  ...under('SYSDEV', 'HTEST'),
  ...under('HPAYMT', 'CLMATTCH COVAUTH COVERAGE REMITADV'),
  ...under('COVERAGE', 'ELIGDTRM ELIGVER ENROLLM MILDCRG'),
  ...under('HRESCH', 'BIORCH CLINTRCH DSRCH POARCH TRANSRCH'),
  ...under('CLINTRCH', 'CLINTRCHNPC CLINTRCHPC PRECLINTRCH'),
  ...under('PATRQT', 'FAMRQT PWATRNY SUPNWK'),
  ...under('PUBHLTH', 'DISASTER THREAT'),
  ...under('TREAT', 'CLINTRL COC ETREAT POPHLTH'),
  ...under('ETREAT', 'BTG ERTREAT'),
])

function under(parent: string, codes: string): [string, string][] {
  return codes.split(' ').map(code => [code, parent])
}

/** Every purpose of use a token may name. */
export const purposes: readonly string[] = [...parents.keys()]

export const isPurpose = (code: string): boolean => parents.has(code)

/**
 * A purpose with the purposes it is a kind of, nearest first: `BTG` gives BTG, ETREAT, TREAT. A
 * permission for any of them covers the purpose. Empty for a code that is no purpose of use.
 */
export const ancestorsOf = (purpose: string): string[] => {
  const found: string[] = []
  for (let code = purpose; parents.has(code); code = parents.get(code) ?? '') found.push(code)
  return found
}

/**
 * TREAT and its kinds: the only purposes for which one hospital may see another's records. Payment,
 * marketing, research and the rest open nothing, whatever a consent says.
 */
export const isMedical = (purpose: string): boolean => ancestorsOf(purpose).includes('TREAT')

/** What a patient asks of the own record, or somebody in the patient's name. */
export const isPatientRequest = (purpose: string): boolean =>
  ancestorsOf(purpose).includes('PATRQT')

/** Breaking the glass: by one person with a second factor, of one patient, and only to read. */
export const isBreakGlass = (purpose: string): boolean => purpose === 'BTG'
