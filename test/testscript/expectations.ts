/** What a script finds when it starts, as its own text asks of the tester. */
export interface Preparation {
  /** Fixtures stored before it starts. */
  readonly stored?: readonly string[]
  /** Values of its variables. */
  readonly given?: Readonly<Record<string, string>>
}

/** Why a script cannot pass. */
export interface Refusal extends Preparation {
  readonly reason: string
  /** What every failure of it looks like. */
  readonly failure: RegExp
}

const patient = 'fixtures/Patient/example.json'
const observation = 'fixtures/Observation/example.json'
const chalmers = { PatientSearchFamilyName: 'Chalmers', PatientSearchGivenName: 'Peter' }

const examples = 'spec/examples/testscript'

/** Scripts that pass, each with what it needs. */
export const passing: Readonly<Record<string, Preparation>> = {
  'TestScripts/search_testscript.json': { given: chalmers },
  [`${examples}/TestScript-sample-minimumId-reflexive.json`]: {},
  [`${examples}/history_testscript_obs.json`]: {},
  [`${examples}/search_testscript.xml`]: { given: chalmers },
  [`${examples}/testscript_dynamic_variable.json`]: {
    stored: [patient],
    given: { PatientResourceId1: 'tinglin-example', PatientResourceId2: 'tinglin-example' },
  },
  [`${examples}/update_testscript_obs.json`]: {},
}

const capitals = {
  reason: 'expects 400 for an id with capitals, which R4 allows; all else of it holds',
  failure: /^test 4, action 2: response: 404 equals 400$/,
}
const knownPatient: Refusal = {
  ...capitals,
  stored: [patient],
  given: { KnownPatientResourceId: 'tinglin-example' },
}
const knownObservation: Refusal = {
  ...capitals,
  stored: [observation],
  given: { KnownObservationResourceId: 'tinglin-f001' },
}
const otherId: Refusal = {
  reason: 'updates with a fixture of another id and an impossible birth date: 400 and 422 in R4',
  failure: /^(setup, action 6|test 1, action 2): response(Code)?: 400 equals 200$/,
}
const profiles: Refusal = {
  reason: 'needs records of a profile of its own, and the profile; neither comes with it',
  failure:
    /response: 404 equals 200|entry\.count\(\) > 0: false|supportedProfile|the assertion asks nothing/,
}
const outline: Refusal = {
  reason: 'is an outline: its operations have no type and its assertions ask nothing',
  failure: /^(setup|teardown), action 1: operation without type has no method$/,
}
const lost: Refusal = {
  reason: 'needs a fixture that does not come with it',
  failure: /^fixtures: fixture \S+ is not there$/,
}
const subtest: Refusal = {
  reason: "is a part of another script by an extension of its maker's, no R4",
  failure: /asks nothing|Chalmers/,
}

/** Scripts, or folders of them, that cannot pass. */
export const refused: Readonly<Record<string, Refusal>> = {
  'TestScripts/TestScript-us-mcode-profile-search-from-patient-subtest.json': profiles,
  'TestScripts/general_testscript.json': {
    reason: 'expects 200 for bringing back what it deleted; R4 says 201',
    failure: /^setup, action 4: responseCode: 201 equals 200$/,
  },
  'TestScripts/history_testscript.json': otherId,
  'TestScripts/multipleMCODE': profiles,
  'TestScripts/read_testscript.json': knownPatient,
  'TestScripts/update_testscript.json': otherId,
  'spec/examples/TestScript-us-mcode-identify-cancer-patients-by-group.json': profiles,
  'spec/examples/TestScript-us-mcode-profile-search-comorbidities.json': profiles,
  'spec/examples/basic_testscript.json': outline,
  'spec/examples/basic_testscript_profile.json': outline,
  'spec/examples/fixtures/basic_fixture_testscript.json': outline,
  'spec/examples/subtest/testscript': subtest,
  [`${examples}/TestScript-XA9eSGbRZR7Nrz2Gd.json`]: lost,
  [`${examples}/TestScript-fquA2atodHs6n3cYs.json`]: lost,
  [`${examples}/TestScript-sample-minimumId-symmetric-expectFailure.json`]: {
    reason: 'is meant to fail: a minimum is within the whole, not the whole within a minimum',
    failure: /^test 1, action 2: less than fixture-example$/,
  },
  [`${examples}/general_testscript_obs.json`]: {
    reason: 'creates, and reads the id that was in the fixture; R4 has the server choose the id',
    failure: /^setup, action 6: response: 404 equals 200$/,
  },
  [`${examples}/profile_validate_testscript.json`]: lost,
  [`${examples}/read_testscript.xml`]: knownPatient,
  [`${examples}/read_testscript_obs.json`]: knownObservation,
  [`${examples}/search_testscript_autocreate.json`]: {
    reason: 'uses the answer of a create that it no longer makes; all else of it holds',
    failure: /^test 1, action 1: no source PatientCreateResponse$/,
    given: chalmers,
  },
  [`${examples}/search_testscript_obs.json`]: {
    reason: 'searches Observations by family and given, which R4 does not have',
    failure: /^test 2, action 2: response: 400 equals 200$/,
    given: { ObservationSearchCode: '15074-8', ObservationSearchStatus: 'final' },
  },
  [`${examples}/testscript_fhirpath_test.json`]: {
    reason: 'expects more than five entries in a fixture that has one',
    failure: /^test 1, action 1: entry\.count\(\): 1 greaterThan 5$/,
  },
  [`${examples}/testscript_fixture_test.json`]: lost,
  [`${examples}/update_testscript_autocreate.json`]: {
    reason: 'creates a fixture with an impossible birth date: 422',
    failure: /^fixtures: autocreate of fixture-patient-update: 422$/,
  },
}
