import type { Resource } from '../../src/fhir/resource.ts'
import { assert } from './assertion.ts'
import { Failure, resourceOf, sourceOf, type Run, type Send, type Source } from './exchange.ts'
import { perform } from './operation.ts'
import type { Action, TestScript, Variable } from './script.ts'
import { asText, atPath, evaluated } from './value.ts'

/** What came of a script: the failures of its setup and tests, in order, and its mere warnings. */
export interface Outcome {
  readonly failures: readonly string[]
  readonly warnings: readonly string[]
  /** Assertions that held. */
  readonly held: number
}

/** What a script runs with. */
export interface Surroundings {
  readonly send: Send
  readonly fixture: (reference: string) => Promise<Resource | undefined>
  /** Values for variables that the tester has to give. */
  readonly given?: Readonly<Record<string, string>>
}

/**
 * Runs a script: fixtures, setup, each test, teardown. A failed setup ends it, a failed test only
 * itself; teardown is always done.
 * @see https://hl7.org/fhir/R4/testscript.html
 */
export const runScript = async (script: TestScript, around: Surroundings): Promise<Outcome> => {
  const outcome = { failures: [] as string[], warnings: [] as string[], held: 0 }
  const run = startOf(script, around)
  const part = (name: string, actions: readonly Action[] = []) =>
    runActions(name, actions, { run, outcome })
  try {
    await readFixtures(script, run, around)
    if (await part('setup', script.setup?.action))
      for (const [index, test] of (script.test ?? []).entries())
        await part(`test ${index + 1}`, test.action)
    await part('teardown', script.teardown?.action)
    await deleteFixtures(script, run)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    outcome.failures.push(`fixtures: ${error.message}`)
  }
  return outcome
}

const startOf = ({ profile = [], variable = [] }: TestScript, around: Surroundings): Run => {
  const run: Run = {
    sources: new Map<string, Source>(),
    created: new Map<string, string>(),
    profiles: new Map(profile.map(({ id, reference }) => [id, reference])),
    variables: new Map(
      variable.map(one => [one.name, async () => around.given?.[one.name] ?? valueOf(one, run)]),
    ),
    last: undefined,
    send: around.send,
  }
  return run
}

const valueOf = async (variable: Variable, run: Run): Promise<string> => {
  const { defaultValue, expression, headerField, name, path, sourceId } = variable
  if (headerField !== undefined) {
    const value = sourceOf(run, sourceId).headers[headerField.toLowerCase()]
    if (value === undefined) throw new Failure(`variable ${name}: no header ${headerField}`)
    return value
  }
  if (expression !== undefined)
    return asText(await evaluated(resourceOf(run, sourceId), expression))
  if (path !== undefined) return asText(await atPath(resourceOf(run, sourceId), path))
  if (defaultValue === undefined) throw new Failure(`variable ${name} has to be given`)
  return defaultValue
}

const readFixtures = async (
  { fixture = [] }: TestScript,
  run: Run,
  around: Surroundings,
): Promise<void> => {
  for (const { id, autocreate, resource: { reference = '' } = {} } of fixture) {
    const resource = await around.fixture(reference)
    if (resource === undefined) throw new Failure(`fixture ${reference} is not there`)
    run.sources.set(id, { resource, headers: {} })
    if (!autocreate) continue
    await perform({ type: { code: 'create' }, resource: resource.resourceType, sourceId: id }, run)
    if (run.last?.status !== 201) throw new Failure(`autocreate of ${id}: ${run.last?.status}`)
    run.created.set(id, run.last.headers['location'] ?? '')
  }
}

const deleteFixtures = async ({ fixture = [] }: TestScript, run: Run): Promise<void> => {
  for (const { id, autodelete } of fixture) {
    const location = run.created.get(id)
    if (!autodelete || location === undefined) continue
    const url = location.replace(/\/_history\/.*$/, '')
    const { status } = await run.send({ method: 'DELETE', url, headers: {} })
    if (status >= 300) throw new Failure(`autodelete of ${id}: ${status}`)
  }
}

interface Running {
  readonly run: Run
  readonly outcome: { readonly failures: string[]; readonly warnings: string[]; held: number }
}

/** Whether all went well. A failed assertion or impossible operation ends the part. */
const runActions = async (
  part: string,
  actions: readonly Action[],
  { run, outcome }: Running,
): Promise<boolean> => {
  for (const [index, { operation, assert: assertion }] of actions.entries())
    try {
      if (operation !== undefined) await perform(operation, run)
      if (assertion === undefined) continue
      await assert(assertion, run)
      outcome.held++
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const text = `${part}, action ${index + 1}: ${error.message}`
      if (assertion?.warningOnly === true) outcome.warnings.push(text)
      else {
        outcome.failures.push(text)
        return false
      }
    }
  return true
}
