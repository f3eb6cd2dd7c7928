import type { IncomingMessage, ServerResponse } from 'node:http'
import { isBreakGlass } from '../access/purposes.ts'
import { grantScopes } from '../access/scopes.ts'
import { Unavailable } from '../fhir/errors.ts'
import { languageOf, type Language } from '../fhir/outcome.ts'
import { attemptSeconds } from './attempts.ts'
import { needsPatient, splitScopes } from './launch.ts'
import { finish, refuseByPerson } from './sign-in-end.ts'
import { addressOf, isProof, proofOf, readForm } from './sign-in-form-body.ts'
import {
  codeForm,
  glassForm,
  passwordForm,
  patientForm,
  purposeForm,
  type FormFrame,
} from './sign-in-forms.ts'
import { sendPage, sourceOf, type Page } from './sign-in-page.ts'
import {
  codeStep,
  passwordStep,
  purposesOf,
  type SignInState,
  type StepResult,
} from './sign-in-steps.ts'
import { signInTexts } from './sign-in-texts.ts'
import { idForm } from './token-request.ts'
import { visitOf, type SignInContext, type Visit } from './sign-in-visit.ts'

/** Serves `/auth/sign-in/<uid>`: the pages a person sees between asking for a code and getting it. */
export const serveSignIn = async (
  request: IncomingMessage,
  response: ServerResponse,
  uid: string,
  context: SignInContext,
): Promise<void> => {
  let language = asked(request) ?? languageOf(request.headers['accept-language'])
  try {
    const form = request.method === 'POST' ? await readForm(request) : undefined
    const written = form?.get('lang')
    if (written === 'en' || written === 'zh-CN') language = written
    const visit = await visitOf({ request, response, uid, language }, context)
    if (visit === undefined) return sendLost(response, language)
    if (request.method !== 'POST') return show(visit, context)
    // What was not read of a body stands in the way of the next request.
    if (form === undefined) response.setHeader('connection', 'close')
    if (
      form === undefined ||
      !isProof(form.get('proof'), uid, context.key) ||
      isForeign(request, context)
    )
      return sendLost(response, language)
    await take(form, visit, context)
  } catch (error) {
    if (!(error instanceof Unavailable)) context.onFault(error as Error)
    const texts = signInTexts[language]
    const [status, text] = error instanceof Unavailable ? [503, texts.away] : [500, texts.failed]
    const page = {
      status,
      language,
      title: texts.refusedTitle,
      body: `<p role="alert">${text}</p>`,
    }
    sendPage(response, status === 503 ? { ...page, retryAfterSeconds: 5 } : page)
  }
}

/** The language chosen by the link of a page. */
const asked = ({ url = '' }: IncomingMessage): Language | undefined => {
  const lang = new URLSearchParams(url.split('?')[1] ?? '').get('lang')
  return lang === 'en' || lang === 'zh-CN' ? lang : undefined
}

/** Browsers say where a form stood. */
const isForeign = ({ headers }: IncomingMessage, { baseUrl }: SignInContext): boolean => {
  const { origin } = headers
  return origin !== undefined && origin !== 'null' && origin !== new URL(baseUrl).origin
}

const sendLost = (response: ServerResponse, language: Language): void => {
  const { lostTitle: title, lost } = signInTexts[language]
  sendPage(response, { status: 400, language, title, body: `<p>${lost}</p>` })
}

/** Takes what a form says, as far as it is what the person was asked. */
const take = async (form: URLSearchParams, visit: Visit, context: SignInContext): Promise<void> => {
  const { state, client, request } = visit
  const field = (name: string): string => form.get(name) ?? ''
  if (field('step') === 'deny') return refuseByPerson(visit, context)
  switch (state.awaits) {
    case 'password': {
      const given = { name: field('name').trim(), password: field('password') }
      const address = addressOf(request)
      return goOn(await passwordStep({ ...given, address }, client, context), visit, context)
    }
    case 'code':
      return goOn(await codeStep(field('code'), state, context), visit, context)
    case 'purpose': {
      const purpose = field('purpose')
      if (!purposesOf(client, state.amr).includes(purpose)) return show(visit, context)
      const next: SignInState = { ...state, purpose, awaits: 'patient' }
      return needsPatient(visit.scope) || isBreakGlass(purpose)
        ? goOn(next, visit, context)
        : finish({ ...visit, state: next }, undefined, context)
    }
    case 'patient':
      return takePatient(field, visit, context)
  }
}

const takePatient = async (
  field: (name: string) => string,
  visit: Visit,
  context: SignInContext,
): Promise<void> => {
  const patient = field('patient')
  if (isBreakGlass(visit.state.purpose!)) return takeGlassPatient(patient.trim(), visit, context)
  const asker = askerOf(visit)
  if (patient !== '' && (await context.patients.isVisible(asker, patient)))
    return finish(visit, patient, context)
  const sought = field('search').trim().slice(0, 100)
  const found = sought === '' ? undefined : await context.patients.find(asker, sought)
  const { patientTitle } = signInTexts[visit.language]
  const body = patientForm(frameOf(visit, context), sought, found)
  send(visit, { status: 200, title: patientTitle, body })
}

/**
 * Of whom the glass is to be broken is written, not found, since nothing of them may be seen yet; and
 * not looked up, so that the page does not tell who there is.
 */
const takeGlassPatient = (patient: string, visit: Visit, context: SignInContext): Promise<void> => {
  if (idForm.test(patient)) return finish(visit, patient, context)
  show(visit, context, 'wrong')
  return Promise.resolve()
}

/** Who chooses a patient, and for what: what they may see is judged by that. */
const askerOf = ({ client, organization, person, state }: Visit) => ({
  ...{ client, organization, person: person!, scope: 'user/Patient.rs', purpose: state.purpose! },
})

const goOn = async (result: StepResult, visit: Visit, context: SignInContext): Promise<void> => {
  if (typeof result === 'string') {
    const { client, person } = visit
    const subject = person?.id ?? null
    context.onSignIn?.({ clientId: client.id, subject, tokenId: null, refusal: result })
    return show(visit, context, result)
  }
  await context.states.save(visit.uid, result)
  // The next page is asked for anew, so that going back or reloading sends no password again.
  visit.response.writeHead(303, {
    location: `${context.baseUrl}/auth/sign-in/${visit.uid}?lang=${visit.language}`,
    'cache-control': 'no-store',
    'content-length': 0,
  })
  visit.response.end()
}

const statuses = { wrong: 400, 'too-many': 429, busy: 503, 'no-factor': 403 } as const
const waits: Readonly<Record<string, number>> = { 'too-many': attemptSeconds, busy: 5 }

/** The page for what is awaited, with what was wrong with the answer before. */
const show = (visit: Visit, context: SignInContext, fault?: Extract<StepResult, string>): void => {
  const { language, client, organization, scope, state, person } = visit
  const texts = signInTexts[language]
  const faults = {
    wrong: {
      code: texts.wrongCode,
      patient: texts.wrongPatient,
      password: texts.wrong,
      purpose: '',
    }[state.awaits],
    ...{ 'too-many': texts.tooMany, busy: texts.busy, 'no-factor': texts.noFactor },
  }
  const frame = frameOf(visit, context, fault && faults[fault])
  const said = { app: client.name, hospital: organization.name }
  const [title, body] = {
    password: () =>
      [texts.title, passwordForm(frame, { ...said, isSandbox: context.sandbox })] as const,
    code: () => [texts.codeTitle, codeForm(frame)] as const,
    purpose: () => {
      const purposes = purposesOf(client, state.amr)
      const page = { ...said, person: person!.name, purposes, scope: worthOf(scope, client) }
      return [texts.purposeTitle, purposeForm(frame, page)] as const
    },
    patient: () =>
      isBreakGlass(state.purpose!)
        ? ([texts.glassTitle, glassForm(frame)] as const)
        : ([texts.patientTitle, patientForm(frame, '')] as const),
  }[state.awaits]()
  const wait = fault && waits[fault]
  send(visit, {
    ...{ status: fault === undefined ? 200 : statuses[fault], title, body },
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  })
}

/** What the app asked for, as far as it may have it. */
const worthOf = (scope: string, { scopes }: Visit['client']): string => {
  const { resource, launch } = splitScopes(scope)
  return [...launch, ...grantScopes(resource.join(' '), scopes)].join(' ')
}

const frameOf = ({ language, uid }: Visit, { key }: SignInContext, fault?: string): FormFrame => ({
  ...{ language, fault },
  proof: proofOf(uid, key),
})

/** A page as it is shown to a visitor. */
type Shown = Pick<Page, 'status' | 'title' | 'body' | 'retryAfterSeconds'>

const send = ({ response, language, redirectUri, uid }: Visit, page: Shown): void =>
  sendPage(response, { ...page, language, path: uid, leadsTo: sourceOf(redirectUri) })
