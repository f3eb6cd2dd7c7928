import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { validate } from '../../src/fhir/validate.ts'
import { Failure, resourceOf, sourceOf, substituted, type Exchange, type Run } from './exchange.ts'
import type { Assertion } from './script.ts'
import { asText, atPath, compare, evaluated, isWithin } from './value.ts'

/** @see https://hl7.org/fhir/R4/valueset-assert-response-code-types.html */
const statuses: Readonly<Record<string, number>> = {
  okay: 200,
  created: 201,
  noContent: 204,
  notModified: 304,
  bad: 400,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  conflict: 409,
  gone: 410,
  preconditionFailed: 412,
  unprocessable: 422,
}

/** The narrative and what the server sets are no part of the content. */
const unjudged = new Set(['id', 'meta', 'text'])

type Check = (assertion: Assertion, run: Run) => Promise<void> | void

/** What each element of an assertion asks, in no order: an assertion has one of them. */
const checks: Partial<Record<keyof Assertion, Check>> = {
  response: ({ response }, run) =>
    compare('response', String(last(run).status), 'equals', String(statuses[response!])),
  responseCode: ({ responseCode, operator }, run) =>
    compare('responseCode', String(last(run).status), operator, responseCode),
  contentType: ({ contentType, operator }, run) => {
    const found = last(run).headers['content-type'] ?? ''
    compare('contentType', found.split(';')[0]!, operator, contentType)
  },
  headerField: async ({ headerField, direction, operator, sourceId, value }, run) => {
    const name = headerField!.toLowerCase()
    const headers =
      direction === 'request' ? last(run).requestHeaders : sourceOf(run, sourceId).headers
    compare(name, headers[name] ?? '', operator, await substituted(run, value ?? ''))
  },
  resource: ({ resource, sourceId }, run) =>
    compare('resource', resourceOf(run, sourceId).resourceType, 'equals', resource),
  requestURL: async ({ requestURL, operator }, run) =>
    compare('requestURL', last(run).url, operator, await substituted(run, requestURL!)),
  expression: async (assertion, run) => {
    const expression = await substituted(run, assertion.expression!)
    const found = await evaluated(resourceOf(run, assertion.sourceId), expression)
    await compareValues(assertion, found, run)
  },
  path: async (assertion, run) => {
    const found = await atPath(resourceOf(run, assertion.sourceId), assertion.path!)
    await compareValues(assertion, found, run)
  },
  minimumId: ({ minimumId, sourceId }, run) => {
    const minimum = Object.entries(resourceOf(run, minimumId)).filter(
      ([name]) => !unjudged.has(name),
    )
    if (!isWithin(Object.fromEntries(minimum), resourceOf(run, sourceId)))
      throw new Failure(`less than ${minimumId}`)
  },
  navigationLinks: async ({ sourceId }, run) => followLinks(run, sourceId),
  validateProfileId: ({ validateProfileId, sourceId }, run) => {
    const profile = run.profiles.get(validateProfileId!) ?? ''
    const type = /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/([A-Za-z]+)$/.exec(profile)?.[1]
    if (type === undefined) throw new Failure(`profile ${profile} is not known here`)
    const resource = resourceOf(run, sourceId)
    compare('profile', resource.resourceType, 'equals', type)
    compare('issues', asText(validate(resource, loadDefinitions())), 'empty')
  },
}

/** Holds an assertion against the run. @throws Failure, also when it asks nothing. */
export const assert = async (assertion: Assertion, run: Run): Promise<void> => {
  const asked = Object.entries(checks).filter(([name]) => name in assertion)
  if (asked.length === 0) throw new Failure('the assertion asks nothing')
  for (const [, check] of asked) await check(assertion, run)
}

const last = ({ last }: Run): Exchange => {
  if (last === undefined) throw new Failure('nothing was asked yet')
  return last
}

const compareValues = async (
  assertion: Assertion,
  found: readonly unknown[],
  run: Run,
): Promise<void> => {
  const { compareToSourceId, compareToSourceExpression, compareToSourcePath } = assertion
  const { expression, path, operator, value } = assertion
  const what = expression ?? path!
  // XPath compares with any of the values that it finds.
  const texts = path === undefined ? [asText(found)] : found.map(one => asText([one]))
  if (compareToSourceId === undefined) {
    const isCondition = value === undefined && operator === undefined
    const expected = isCondition ? 'true' : await substituted(run, value ?? '')
    return compareAny(what, texts, operator, expected)
  }
  const other = resourceOf(run, compareToSourceId)
  const expected =
    compareToSourceExpression === undefined
      ? (await atPath(other, compareToSourcePath!)).slice(0, 1)
      : await evaluated(other, compareToSourceExpression)
  compareAny(what, texts, operator, asText(expected))
}

const compareAny = (
  what: string,
  [first = '', ...more]: readonly string[],
  operator: string | undefined,
  expected: string,
): void => {
  try {
    compare(what, first, operator, expected)
  } catch (error) {
    if (more.length === 0) throw error
    compareAny(what, more, operator, expected)
  }
}

/** The links of a Bundle: one to itself, and each leads to a Bundle. */
const followLinks = async (run: Run, sourceId: string | undefined): Promise<void> => {
  const bundle = resourceOf(run, sourceId) as unknown as {
    readonly link?: readonly { readonly relation: string; readonly url: string }[]
  }
  compare('links', (bundle.link ?? []).map(link => link.relation).join(), 'contains', 'self')
  for (const { relation, url } of bundle.link ?? []) {
    const answer = await run.send({ method: 'GET', url, headers: {} })
    compare(
      `link ${relation}`,
      `${answer.status} ${answer.resource?.resourceType}`,
      'equals',
      '200 Bundle',
    )
  }
}
