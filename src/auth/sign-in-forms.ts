import type { Language } from '../fhir/outcome.ts'
import { parseScope } from '../access/scopes.ts'
import { splitScopes } from './launch.ts'
import { escapeHtml } from './sign-in-page.ts'
import {
  everything,
  launchTexts,
  lettersText,
  ofThePatient,
  purposeText,
  signInTexts,
} from './sign-in-texts.ts'

/** What every form of a sign-in carries. */
export interface FormFrame {
  readonly language: Language
  /** Proves that the form is ours. */
  readonly proof: string
  /** What went wrong before, in words. */
  readonly fault?: string | undefined
}

/** A patient as the page offers it. */
export interface PatientChoice {
  readonly id: string
  readonly name: string
  readonly birthDate?: string
}

const form = ({ language, proof, fault }: FormFrame, fields: string): string =>
  `${fault === undefined ? '' : `<p role="alert">${escapeHtml(fault)}</p>`}
<form method="post" accept-charset="utf-8">
<input type="hidden" name="proof" value="${escapeHtml(proof)}"><input type="hidden" name="lang" value="${language}">
${fields}
</form>`

/** Name and password. */
export const passwordForm = (
  frame: FormFrame,
  said: { readonly app: string; readonly hospital: string; readonly isSandbox: boolean },
): string => {
  const texts = signInTexts[frame.language]
  const fields = `<label for="name">${texts.name}</label>
<input type="text" id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required autofocus>
<label for="password">${texts.password}</label>
<input type="password" id="password" name="password" autocomplete="current-password" maxlength="200" required>
<button name="step" value="password">${texts.continue}</button>
<button name="step" value="deny" class="plain" formnovalidate>${texts.deny}</button>`
  return `<p>${escapeHtml(texts.forApp(said.app, said.hospital))}</p>
${form(frame, fields)}${said.isSandbox ? `\n<p class="small">${texts.passwordsOfSandbox}</p>` : ''}`
}

/** The code of an authenticator app. */
export const codeForm = (frame: FormFrame): string => {
  const texts = signInTexts[frame.language]
  return form(
    frame,
    `<label for="code">${texts.code}</label>
<input type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required autofocus>
<button name="step" value="code">${texts.continue}</button>`,
  )
}

/** For what, and what the app may do. */
export const purposeForm = (
  frame: FormFrame,
  said: {
    readonly app: string
    readonly person: string
    readonly purposes: readonly string[]
    /** SMART scopes and scopes about the sign-in. */
    readonly scope: string
  },
): string => {
  const { language } = frame
  const texts = signInTexts[language]
  const choices = said.purposes.map(
    (code, index) =>
      `<label><input type="radio" name="purpose" value="${escapeHtml(code)}" required${index === 0 ? ' checked' : ''}> ${escapeHtml(purposeText(code, language))} <span class="small">(${escapeHtml(code)})</span></label>`,
  )
  const fields = `<fieldset><legend>${texts.purpose}</legend>
${choices.join('\n')}
</fieldset>
<p>${escapeHtml(texts.asks(said.app))}</p>
<ul>
${scopeLines(said.scope, language)
  .map(line => `<li>${escapeHtml(line)}`)
  .join('\n')}
</ul>
<button name="step" value="purpose">${texts.allow}</button>
<button name="step" value="deny" class="plain" formnovalidate>${texts.deny}</button>`
  return `<p>${escapeHtml(texts.signedInAs(said.person))}</p>
${form(frame, fields)}`
}

const scopeLines = (text: string, language: Language): readonly string[] => {
  const { resource, launch } = splitScopes(text)
  return [
    ...launch.flatMap(word => launchTexts[word]?.[language] ?? []),
    ...resource.flatMap(word => {
      const scope = parseScope(word)
      if (scope === undefined) return []
      const { letters, resourceType, context, constraint } = scope
      const type = resourceType === '*' ? everything[language] : resourceType
      const bound = constraint === undefined ? '' : ` (${constraint})`
      const whose = context === 'patient' ? ` ${ofThePatient[language]}` : ''
      return `${lettersText(letters, language)}: ${type}${bound}${whose}`
    }),
  ]
}

/** Of which patient the glass is to be broken: by id, which the person must have from elsewhere. */
export const glassForm = (frame: FormFrame): string => {
  const texts = signInTexts[frame.language]
  return form(
    frame,
    `<label for="patient">${texts.glassHint}</label>
<input type="text" id="patient" name="patient" autocapitalize="none" spellcheck="false" maxlength="64" required autofocus>
<button name="step" value="patient">${texts.continue}</button>
<button name="step" value="deny" class="plain" formnovalidate>${texts.deny}</button>`,
  )
}

/** Which patient. `found` is absent before the first search. */
export const patientForm = (
  frame: FormFrame,
  sought: string,
  found?: { readonly patients: readonly PatientChoice[]; readonly isMore: boolean },
): string => {
  const texts = signInTexts[frame.language]
  const choices = (found?.patients ?? []).map(
    ({ id, name, birthDate }) =>
      `<li>${escapeHtml(name)}${birthDate === undefined ? '' : `, ${texts.born} ${escapeHtml(birthDate)}`} <span class="small">(${escapeHtml(id)})</span> <button name="patient" value="${escapeHtml(id)}" aria-label="${escapeHtml(`${texts.choose}: ${name}`)}">${texts.choose}</button>`,
  )
  const result =
    found === undefined
      ? ''
      : `<div role="status">${choices.length === 0 ? `<p>${texts.none}</p>` : `<ul>\n${choices.join('\n')}\n</ul>`}${found.isMore ? `<p>${texts.more}</p>` : ''}</div>`
  return form(
    frame,
    `<label for="search">${texts.patientHint}</label>
<input type="text" id="search" name="search" maxlength="100" value="${escapeHtml(sought)}" autofocus>
<button name="step" value="search">${texts.search}</button>
<button name="step" value="deny" class="plain">${texts.deny}</button>
${result}`,
  )
}
