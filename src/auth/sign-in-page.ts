import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Language } from '../fhir/outcome.ts'
import { signInTexts } from './sign-in-texts.ts'

/** A text as it stands in HTML, also in an attribute. */
export const escapeHtml = (text: string): string =>
  text.replace(
    /[&<>"']/g,
    mark => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[mark]!,
  )

const style = `body{font:18px/1.6 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;color:#1a1f24;background:#fff}
label,legend{display:block;margin:1rem 0 .2rem;font-weight:600}fieldset{border:0;padding:0;margin:1rem 0}
fieldset label{font-weight:400;margin:.3rem 0}
input[type=text],input[type=password]{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:2px solid #5b6570;border-radius:4px}
button{font:inherit;margin:1rem .5rem 0 0;padding:.5rem 1.2rem;border:2px solid #0b5cad;border-radius:4px;background:#0b5cad;color:#fff}
button.plain{background:#fff;color:#0b5cad}
:focus-visible{outline:3px solid #b35900;outline-offset:2px}
[role=alert]{padding:.6rem 1rem;border-left:6px solid #a3000f;background:#fdecee}
.small{font-size:.85em;color:#454d55}a{color:#0b5cad}ul{padding-left:1.2rem}`

const styleHash = createHash('sha256').update(style).digest('base64')

/** One page: what stands on it, and where its forms may lead in the end. */
export interface Page {
  readonly status: number
  readonly language: Language
  readonly title: string
  /** HTML between the heading and the end. */
  readonly body: string
  /** Where a form of the page may send the browser besides this server, as a CSP source. */
  readonly leadsTo?: string
  /** The address of this page, for the other language; absent when it is not shown twice. */
  readonly path?: string
  readonly retryAfterSeconds?: number
}

/**
 * Sends a page that works without scripts, frames, or anything from elsewhere.
 * @see https://www.w3.org/TR/CSP3/
 */
export const sendPage = (response: ServerResponse, page: Page): void => {
  const { status, language, title, body, leadsTo, path, retryAfterSeconds } = page
  const other = language === 'en' ? 'zh-CN' : 'en'
  const html = `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} - Huizhen 会诊</title>
<style>${style}</style>
${path === undefined ? '' : `<nav class="small"><a href="${escapeHtml(path)}?lang=${other}" lang="${other}" hreflang="${other}">${signInTexts[language].other}</a></nav>`}
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</html>
`
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds)
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-language': language,
    'content-length': Buffer.byteLength(html),
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'${leadsTo === undefined ? '' : ` ${leadsTo}`}; frame-ancestors 'none'; base-uri 'none'`,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
  })
  response.end(html)
}

/**
 * Where a browser may go after a form, as browsers check it: the origin of a web address, the scheme of
 * an app's own.
 */
export const sourceOf = (redirectUri: string): string => {
  const { protocol, origin } = new URL(redirectUri)
  return protocol === 'https:' || protocol === 'http:' ? origin : protocol
}
