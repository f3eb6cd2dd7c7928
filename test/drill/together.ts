import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCredentials } from '../../src/sandbox/credentials.ts'
import { atEnd } from '../bench/ending.ts'
import { startHuizhen } from '../bench/huizhen-server.ts'
import { createTokens } from '../bench/tokens.ts'
import type { Figures } from './figures.ts'

const serversCount = 3

/** Servers that find an empty folder at the same moment make one installation: what one writes the others read. */
export const together = async (): Promise<Figures> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'huizhen-drill-'))
  atEnd(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }))
  const place = { dataDir, databaseUrl: undefined, isInspected: false }
  const servers = await Promise.all(
    Array.from({ length: serversCount }, async () => {
      const server = await startHuizhen(place)
      atEnd(() => server.stop())
      return server
    }),
  )
  const credentials = await readCredentials(dataDir)
  let [written, read] = [0, 0]
  const addresses = await Promise.all(
    servers.map(async ({ origin }, number) => {
      const answer = await fetch(`${origin}/fhir/Patient/tinglin-drill-${number}`, {
        method: 'PUT',
        headers: {
          authorization: await createTokens(origin, credentials)('owner'),
          'content-type': 'application/fhir+json',
        },
        body: JSON.stringify({ resourceType: 'Patient', id: `tinglin-drill-${number}` }),
      })
      if (answer.status === 201) written++
      return `Patient/tinglin-drill-${number}`
    }),
  )
  for (const { origin } of servers) {
    const authorization = await createTokens(origin, credentials)('owner')
    for (const address of addresses) {
      const answer = await fetch(`${origin}/fhir/${address}`, { headers: { authorization } })
      if (answer.status === 200) read++
    }
  }
  for (const server of servers) await server.stop()
  const slowest = Math.max(...servers.map(({ startMilliseconds }) => startMilliseconds))
  return {
    isGood: written === serversCount && read === serversCount ** 2,
    said: { servers: serversCount, written, read, 'slowest start': `${Math.round(slowest)} ms` },
  }
}
