import { WrongForm } from './refusal.ts'

const charactersMax = 500
const loopbacks = ['127.0.0.1', '[::1]', 'localhost']

/**
 * Whether an address belongs to an app on the person's own device: it listens on loopback, or has a
 * scheme of its own.
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7
 */
export const isNative = (uri: string): boolean => {
  const { protocol, hostname } = new URL(uri)
  return protocol !== 'https:' && (protocol !== 'http:' || loopbacks.includes(hostname))
}

/**
 * Whether a page of `origin` may be of the app with this redirect URI. A device's own address is
 * registered without a port, as the app may listen on any. Other schemes have no pages.
 * @see https://www.rfc-editor.org/rfc/rfc6454#section-6.1
 */
export const isOriginOf = (origin: string, uri: string): boolean => {
  const registered = new URL(uri)
  const asked = URL.canParse(origin) ? new URL(origin) : undefined
  if (asked?.origin !== origin || !/^https?:$/.test(registered.protocol)) return false
  if (registered.origin === origin) return true
  const isAnyPort = isNative(uri) && registered.port === ''
  const { protocol, hostname } = registered
  return isAnyPort && asked.protocol === protocol && asked.hostname === hostname
}

/** @throws WrongForm unless codes can be sent there safely */
export const requireRedirectUri = (text: string): void => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe =
    url !== undefined &&
    (url.protocol === 'https:' ||
      (url.protocol === 'http:' && loopbacks.includes(url.hostname)) ||
      // A scheme of the app's own is a domain name turned round, so that no two have the same.
      /^[a-z][a-z0-9+-]*\.[a-z0-9.+-]+:$/.test(url.protocol))
  const isPlain = /^[\x21-\x7e]+$/.test(text) && !/[#"'<>\\`*;,]/.test(text)
  if (isSafe && isPlain && text.length <= charactersMax && url.username === '') return
  throw new WrongForm(
    `A redirect URI is an https address, http on localhost, or has a scheme such as org.example.app:, without a fragment. Found: "${text}".`,
  )
}
