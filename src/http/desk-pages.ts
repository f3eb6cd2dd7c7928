import { prettyJson } from '../fhir/json-layout.ts'
import type { Language } from '../fhir/outcome.ts'
import type { FeedEntry, FeedSummary, OpenedEntry } from '../interactions/feed-desk.ts'
import type { Replayed } from '../interactions/feed-replay.ts'
import { deskTexts } from './desk-texts.ts'
import { escapeHtml as e, page } from './page.ts'

/** What every page of the desk carries. */
export interface DeskFrame {
  readonly language: Language
  /** Absent before the sign-in. */
  readonly visitor?: { readonly name: string; readonly organization: string } | undefined
  /** Proves that a form is ours. */
  readonly proof?: string
  /** The address of this page with its query but the language, for the other language. */
  readonly here: string
}

const withLanguage = (path: string, language: Language): string =>
  `${path}${path.includes('?') ? '&' : '?'}lang=${language}`

const framed = (frame: DeskFrame, title: string, body: string): string => {
  const { language, visitor, here, proof } = frame
  const texts = deskTexts[language]
  const other = language === 'en' ? 'zh-CN' : 'en'
  const link = (path: string, text: string): string =>
    `<a href="${e(withLanguage(path, language))}">${text}</a>`
  const navigation = `${visitor === undefined ? '' : `${link('/desk', texts.entries)} ${link('/desk/summary', texts.summary)} `}<a href="${e(withLanguage(here, other))}" lang="${other}" hreflang="${other}">${texts.other}</a>`
  const leave =
    visitor === undefined
      ? ''
      : `<form method="post" action="/desk/sign-out"><p class="small">${e(texts.signedInAs(visitor.name, visitor.organization))} ${hidden('proof', proof ?? '')}${hidden('lang', language)}<button>${texts.signOut}</button></p></form>`
  return page({
    title: `${title} - Huizhen 会诊`,
    ...{ language, navigation },
    body: `<h1>${e(title)}</h1>\n${leave}\n${body}`,
  })
}

const hidden = (name: string, value: string): string =>
  `<input type="hidden" name="${name}" value="${e(value)}">`

/** The form to sign in with; `fault` says what was wrong before. */
export const signInPage = (
  frame: DeskFrame,
  fault?: 'wrong' | 'too-many' | 'busy' | 'no-factor',
): string => {
  const texts = deskTexts[frame.language]
  return framed(
    frame,
    texts.title,
    `<p>${texts.intro}</p>${fault === undefined ? '' : `\n<p role="alert">${texts[fault]}</p>`}
<form method="post" action="/desk/sign-in">${hidden('lang', frame.language)}
<p><label for="name">${texts.name}</label> <input id="name" name="name" autocomplete="username" maxlength="64" required autofocus></p>
<p><label for="password">${texts.password}</label> <input type="password" id="password" name="password" autocomplete="current-password" maxlength="200" required></p>
<p><label for="code">${texts.code}</label> <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6"></p>
<button>${texts.signIn}</button></form>`,
  )
}

/** The fields of the filter as they were sent. */
export type ShownFilter = Readonly<Record<'client' | 'type' | 'day' | 'code' | 'open', string>>

/** What was refused, with a filter and a form to send some of it again. */
export const listPage = (
  frame: DeskFrame,
  entries: readonly FeedEntry[],
  shown: { readonly filter: ShownFilter; readonly older?: string | undefined },
): string => {
  const { language, proof } = frame
  const texts = deskTexts[language]
  const field = (name: 'client' | 'type' | 'day' | 'code', text: string): string =>
    `<label>${text} <input name="${name}" value="${e(shown.filter[name])}" maxlength="100"></label>`
  const rows = entries.map(
    ({ id, client, received, method, resourceType, status, codes, replayStatus }) =>
      `<tr><td><input type="checkbox" name="id" value="${id}" aria-label="${e(texts.choose(id))}"><td><a href="${e(withLanguage(`/desk/entry/${id}`, language))}">${e(received)}</a><td>${e(client)}<td>${method} ${e(resourceType)}<td>${status}<td>${codes.map(code => `<a href="/docs/errors#${e(code)}"><code>${e(code)}</code></a>`).join(' ')}<td>${replayStatus ?? ''}`,
  )
  const table = `<form method="post" action="/desk/replay">${hidden('proof', proof ?? '')}${hidden('lang', language)}
<table><tr><th><th>${texts.received}<th>${texts.client}<th>${texts.request}<th>${texts.status}<th>${texts.problem}<th>${texts.replayed}
${rows.join('\n')}
</table>
<p><button>${texts.replayChosen}</button></p></form>`
  const filter = `<form method="get" action="/desk">${hidden('lang', language)}
${field('client', texts.client)}${field('type', texts.type)}${field('day', texts.day)}${field('code', texts.problem)}
<label><input type="checkbox" name="open" value="true"${shown.filter.open === 'true' ? ' checked' : ''}> ${texts.open}</label>
<button>${texts.filter}</button></form>`
  return framed(
    frame,
    texts.title,
    `${filter}
${entries.length === 0 ? `<p>${texts.none}</p>` : table}
${shown.older === undefined ? '' : `<p><a href="${e(withLanguage(shown.older, language))}">${texts.older}</a></p>`}`,
  )
}

interface OutcomeIssue {
  readonly diagnostics?: string
  readonly expression?: readonly string[]
  readonly details?: {
    readonly text?: string
    readonly _text?: { readonly extension?: readonly Translation[] }
  }
}
interface Translation {
  readonly extension?: readonly { readonly valueCode?: string; readonly valueString?: string }[]
}

/** One payload beside its errors. */
export const entryPage = (frame: DeskFrame, { entry, content }: OpenedEntry): string => {
  const { language, proof } = frame
  const texts = deskTexts[language]
  const { issue = [] } = Object(content?.outcome) as { issue?: readonly OutcomeIssue[] }
  const issues = issue.map(
    one =>
      `<tr><td><code>${e((one.expression ?? []).join(' '))}</code><td>${e(textIn(one, language))}`,
  )
  const payload = content?.payload
  return framed(
    frame,
    `${entry.method} ${entry.resourceType}: ${entry.status}`,
    `<p>${e(entry.received)}, ${e(entry.client)}, <code>${e(content?.url ?? '')}</code></p>
<h2>${texts.outcome}</h2>
<table><tr><th>${texts.where}<th>${texts.what}
${issues.join('\n')}
</table>
<h2>${texts.payload}</h2>
${payload === undefined ? `<p>${content === undefined ? texts.unreadable : texts.noPayload}</p>` : `<pre>${e(laidOut(payload))}</pre>`}
<form method="post" action="/desk/replay">${hidden('proof', proof ?? '')}${hidden('lang', language)}${hidden('id', entry.id)}<button>${texts.replay}</button></form>`,
  )
}

/** The text of an issue in the reader's language: it is kept in both. */
const textIn = ({ details, diagnostics = '' }: OutcomeIssue, language: Language): string => {
  for (const { extension = [] } of details?._text?.extension ?? []) {
    const isWanted = extension.some(({ valueCode }) => valueCode === language)
    const text = extension.find(({ valueString }) => valueString !== undefined)?.valueString
    if (isWanted && text !== undefined) return text
  }
  return details?.text ?? diagnostics
}

const laidOut = (payload: string): string => {
  try {
    JSON.parse(payload)
    return prettyJson(payload)
  } catch {
    return payload
  }
}

/** How replays ended. */
export const replayPage = (frame: DeskFrame, replays: readonly Replayed[]): string => {
  const texts = deskTexts[frame.language]
  const lines = replays.map(
    ({ id, status }) =>
      `<li><a href="${e(withLanguage(`/desk/entry/${id}`, frame.language))}">${e(texts.result(id, status))}</a>`,
  )
  return framed(frame, texts.replay, `<ul role="status">\n${lines.join('\n')}\n</ul>`)
}

/** The daily reconciliation. */
export const summaryPage = (frame: DeskFrame, { counts, clients }: FeedSummary): string => {
  const texts = deskTexts[frame.language]
  const rows = counts.map(
    ({ day, client, resourceType, accepted, warned, refused }) =>
      `<tr><td>${e(day)}<td>${e(client)}<td>${e(resourceType)}<td>${accepted}<td>${warned}<td>${refused}`,
  )
  const states = clients.map(
    ({ client, lastSeen, silentHours, isSilent }) =>
      `<li>${e(client)}: ${texts.lastSeen} ${e(lastSeen)}${isSilent ? ` <strong role="alert">${texts.silent(silentHours)}</strong>` : ''}`,
  )
  return framed(
    frame,
    texts.summary,
    `<h2>${texts.clients}</h2>\n<ul>\n${states.join('\n')}\n</ul>
<h2>${texts.summary}</h2>
${
  rows.length === 0
    ? `<p>${texts.nothing}</p>`
    : `<table><tr><th>${texts.day}<th>${texts.client}<th>${texts.type}<th>${texts.accepted}<th>${texts.warned}<th>${texts.refused}
${rows.join('\n')}
</table>`
}`,
  )
}

/** A refusal as a page. */
export const refusalPage = (frame: DeskFrame, text: string): string =>
  framed(
    frame,
    deskTexts[frame.language].title,
    `<p role="alert">${e(text)}</p>\n<p><a href="${e(withLanguage('/desk', frame.language))}">${deskTexts[frame.language].back}</a></p>`,
  )
