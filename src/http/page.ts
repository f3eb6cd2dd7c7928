import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

/** A text as it stands in HTML, also in an attribute. */
export const escapeHtml = (text: string): string =>
  text.replace(
    /[&<>"']/g,
    mark => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[mark]!,
  )

const style = `body{font:16px/1.6 system-ui,sans-serif;max-width:64rem;margin:1.5rem auto;padding:0 1rem;color:#1a1f24;background:#fff}
code,pre{font:14px/1.5 ui-monospace,monospace;background:#f2f4f6;border-radius:4px}
code{padding:.1em .3em;overflow-wrap:anywhere}pre{padding:1rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #d8dde2}
a{color:#0b5cad}nav{margin:0 0 1rem}nav a{margin-right:1rem}
:focus-visible{outline:3px solid #b35900;outline-offset:2px}
label{display:inline-block;margin:0 1rem .5rem 0}
input,select,button{font:inherit;padding:.3rem .6rem;border:2px solid #5b6570;border-radius:4px;background:#fff;color:#1a1f24}
button{border-color:#0b5cad;background:#0b5cad;color:#fff}
[role=alert]{padding:.6rem 1rem;border-left:6px solid #a3000f;background:#fdecee}
[role=status]{padding:.6rem 1rem;border-left:6px solid #0b5cad;background:#eef5fc}
.small{font-size:.85em;color:#454d55}`

const styleHash = createHash('sha256').update(style).digest('base64')

/** A page for people: what stands between its main tags, and the language of most of it. */
export interface Page {
  readonly title: string
  readonly body: string
  readonly language: 'en' | 'zh-CN'
  /** Links above the heading. */
  readonly navigation?: string
}

/** A whole page that needs no scripts and nothing from elsewhere. */
export const page = ({ title, body, language, navigation }: Page): string => `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
${navigation === undefined ? '' : `<nav>${navigation}</nav>\n`}<main>
${body}
</main>
</html>
`

/** Sends a page; no other page may frame it, and it loads nothing. @see https://www.w3.org/TR/CSP3/ */
export const sendPage = (reply: FastifyReply, html: string, status = 200): FastifyReply =>
  reply
    .code(status)
    .header(
      'content-security-policy',
      `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    )
    .type('text/html; charset=utf-8')
    .send(html)
