import { createHash, randomBytes } from 'node:crypto'
import { request } from 'undici'

/** What a browser got: a page, or the address of an app it was sent back to. */
export interface Visited {
  readonly status: number
  readonly url: URL
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly html: string
}

interface Sent {
  readonly method?: 'GET' | 'POST'
  readonly body?: string
  readonly headers?: Record<string, string>
}

const redirectsMax = 10

/** Follows redirects within one server, keeps its cookies by path, and fills in forms. */
export class Browser {
  readonly #origin: string
  readonly #language: string
  readonly #cookies = new Map<string, { readonly value: string; readonly path: string }>()

  constructor(origin: string, language = 'en') {
    this.#origin = origin
    this.#language = language
  }

  /** Goes to an address, and on until there is a page or an app's own address. */
  async go(address: string | URL, sent: Sent = {}): Promise<Visited> {
    let url = new URL(address, this.#origin)
    let asked = sent
    for (let count = 0; count < redirectsMax; count++) {
      if (url.origin !== this.#origin) return { status: 0, url, headers: {}, html: '' }
      const visited = await this.#once(url, asked)
      const { location } = visited.headers
      if (visited.status !== 303 && visited.status !== 302) return visited
      url = new URL(String(location), url)
      asked = {}
    }
    throw new Error('too many redirects')
  }

  async #once(url: URL, { method = 'GET', body, headers }: Sent): Promise<Visited> {
    const cookie = [...this.#cookies]
      .filter(([, { path }]) => url.pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
    const answer = await request(url, {
      method,
      headers: { 'accept-language': this.#language, accept: 'text/html', cookie, ...headers },
      ...(body === undefined ? {} : { body }),
    })
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) this.#keep(line)
    const html = await answer.body.text()
    return { status: answer.statusCode, url, headers: answer.headers, html }
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/;\s*/)
    const at = pair.indexOf('=')
    const path = attributes.find(text => /^path=/i.test(text))?.slice(5) ?? '/'
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    if (value === '') this.#cookies.delete(name)
    else this.#cookies.set(name, { value, path })
  }

  /** Sends the form of a page with its hidden fields and these values. */
  submit(page: Visited, values: Readonly<Record<string, string>>): Promise<Visited> {
    const fields = new URLSearchParams()
    for (const [, name = '', value = ''] of page.html.matchAll(
      /<input type="hidden" name="([^"]+)" value="([^"]*)">/g,
    ))
      fields.set(name, value)
    for (const [name, value] of Object.entries(values)) fields.set(name, value)
    return this.go(page.url, {
      method: 'POST',
      body: fields.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: this.#origin },
    })
  }
}

/** The two halves of PKCE. @see https://www.rfc-editor.org/rfc/rfc7636 */
export const aVerifier = () => {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}
