import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange } from './exchange.ts'

const writers = 8
const pauseMilliseconds = 50
const system = 'urn:example:drill'

/**
 * Hospitals that push, as `http` senders do: each write has an Idempotency-Key and is sent again,
 * through whatever happens, until it is answered.
 */
export interface Traffic {
  /** Milliseconds since anything was written. */
  readonly silence: () => number
  readonly acknowledged: () => number
  /** How often something was sent again. */
  readonly repeated: () => number
  /** Waits until all that was sent is answered. */
  readonly stop: () => Promise<void>
  /** Whether each acknowledged write is there once, and nothing besides. */
  readonly judge: () => Promise<{ readonly lost: number; readonly doubled: number }>
}

export const traffic = (exchange: Exchange): Traffic => {
  const acknowledged = new Map<string, string>()
  let repeated = 0
  let last = performance.now()
  let isOn = true
  const ask = async (method: string, path: string, name?: string): Promise<Response> =>
    fetch(`${exchange.origin()}/fhir/${path}`, {
      method,
      headers: {
        authorization: await exchange.authorize('owner'),
        'content-type': 'application/fhir+json',
        ...(name === undefined ? {} : { 'idempotency-key': name }),
      },
      ...(name === undefined ? {} : { body: JSON.stringify(resource(name)) }),
    })
  /** The id it got; undefined when it has to be sent again. */
  const attempt = async (name: string): Promise<string | undefined> => {
    const answer = await ask('POST', 'Basic', name).catch(() => undefined)
    const body = await answer?.text().catch(() => undefined)
    if (answer === undefined || body === undefined || answer.status >= 500 || answer.status === 401)
      return undefined
    if (answer.status === 409 || answer.status === 429) return undefined
    if (answer.status !== 201 && answer.status !== 200)
      throw new Error(`a write was answered with ${answer.status}: ${body.slice(0, 500)}`)
    return (JSON.parse(body) as { id: string }).id
  }
  const writer = async (number: number): Promise<void> => {
    for (let count = 0; isOn; count++) {
      const name = `${number}-${count}`
      let id = await attempt(name)
      for (; id === undefined; id = await attempt(name)) {
        repeated++
        await sleep(pauseMilliseconds)
      }
      acknowledged.set(name, id)
      last = performance.now()
    }
  }
  const all = Array.from({ length: writers }, (_, number) => writer(number))
  return {
    silence: () => performance.now() - last,
    acknowledged: () => acknowledged.size,
    repeated: () => repeated,
    stop: async () => {
      isOn = false
      await Promise.all(all)
    },
    judge: async () => {
      let lost = 0
      for (const id of acknowledged.values()) {
        const answer = await ask('GET', `Basic/${id}`)
        await answer.arrayBuffer()
        if (answer.status !== 200 || answer.headers.get('etag') !== 'W/"1"') lost++
      }
      const found = await ask('GET', `Basic?identifier=${system}|&_summary=count`)
      const { total } = (await found.json()) as { total: number }
      return { lost, doubled: total - (acknowledged.size - lost) }
    },
  }
}

const resource = (name: string) => ({
  resourceType: 'Basic',
  identifier: [{ system, value: name }],
  code: { text: 'drill' },
})
