import { createHmac } from 'node:crypto'
import { lookup as resolve } from 'node:dns'
import { request as requestPlain, type RequestOptions } from 'node:http'
import { request as requestSecure } from 'node:https'
import { BlockList, isIP } from 'node:net'
import type { DueNotice } from '../store/webhook-notices.ts'

/** Milliseconds an attempt may take. */
const attemptMillisecondsMax = 10_000

type Network = readonly [address: string, prefix: number]

const listOf = (family: 'ipv4' | 'ipv6', networks: readonly Network[]): BlockList => {
  const list = new BlockList()
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, family)
  return list
}

/**
 * Addresses that are no hospital's on the internet: private, local, reserved, and ways around. Two lists,
 * as one takes addresses of version 4 for mapped ones of version 6.
 */
const refused = {
  4: listOf('ipv4', [
    ...([
      ['0.0.0.0', 8],
      ['10.0.0.0', 8],
      ['100.64.0.0', 10],
      ['127.0.0.0', 8],
    ] as const),
    ...([
      ['169.254.0.0', 16],
      ['172.16.0.0', 12],
      ['192.0.0.0', 24],
      ['192.0.2.0', 24],
    ] as const),
    ...([
      ['192.88.99.0', 24],
      ['192.168.0.0', 16],
      ['198.18.0.0', 15],
    ] as const),
    ...([
      ['198.51.100.0', 24],
      ['203.0.113.0', 24],
      ['224.0.0.0', 3],
    ] as const),
  ]),
  6: listOf('ipv6', [
    ...([
      ['::', 96],
      ['::ffff:0:0', 96],
      ['64:ff9b::', 16],
      ['100::', 64],
      ['2001::', 23],
    ] as const),
    ...([
      ['2001:db8::', 32],
      ['2002::', 16],
      ['fc00::', 7],
      ['fe80::', 9],
      ['ff00::', 8],
    ] as const),
  ]),
}

/** Whether notices may be sent to an IP address. */
export const isPublicAddress = (address: string): boolean => {
  const family = isIP(address)
  if (family === 4) return !refused[4].check(address, 'ipv4')
  return family === 6 && !refused[6].check(address, 'ipv6')
}

class Refused extends Error {}

/** The look-up of a connection: none to an address that is refused, whatever the name says later. */
const publicLookup: RequestOptions['lookup'] = (hostname, options, done) =>
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, [])
    if (!addresses.every(({ address }) => isPublicAddress(address)))
      return done(new Refused('private address'), [])
    done(null, addresses)
  })

/**
 * Sends one notice and gives what came of it: the status of HTTP, or a code. `Huizhen-Signature` is
 * `t=[seconds],v1=[hex]`: the HMAC-SHA256 of `[seconds].[body]` under the secret. Outside of the sandbox
 * only by TLS and only to public addresses; redirects are not followed, and answers not read.
 */
export const sendNotice = async (notice: DueNotice, isSandbox: boolean): Promise<string> => {
  const url = new URL(notice.url)
  const isSecure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!isSandbox && (!isSecure || (isIP(host) !== 0 && !isPublicAddress(host)))) return 'refused'
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(notice.body),
      'huizhen-signature': signatureOf(notice),
    },
    agent: false,
    signal: AbortSignal.timeout(attemptMillisecondsMax),
    ...(isSandbox ? {} : { lookup: publicLookup }),
  }
  return new Promise(settle => {
    const request = (isSecure ? requestSecure : requestPlain)(url, options, response => {
      response.destroy()
      settle(String(response.statusCode))
    })
    request.on('error', error => settle(outcomeOf(error)))
    request.end(notice.body)
  })
}

const signatureOf = ({ secret, now, body }: DueNotice): string =>
  `t=${now},v1=${createHmac('sha256', secret).update(`${now}.${body}`).digest('hex')}`

const outcomeOf = (error: NodeJS.ErrnoException): string => {
  if (error instanceof Refused) return 'refused'
  return error.name === 'AbortError' ? 'timeout' : (error.code ?? 'failed')
}
