import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'undici'
import { profiledPlaces, type Profile } from './profiled-places.ts'

const samplingMicroseconds = 200

/** The inspector of a Node process. @see https://chromedevtools.github.io/devtools-protocol/v8/Profiler/ */
const connect = async (port: number) => {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`)
  const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[]
  const socket = new WebSocket(target!.webSocketDebuggerUrl)
  await new Promise(resolve => socket.addEventListener('open', resolve, { once: true }))
  let last = 0
  const waiting = new Map<number, (result: unknown) => void>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: unknown }
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
  const call = (method: string, params: object = {}): Promise<unknown> =>
    new Promise(resolve => {
      waiting.set(++last, resolve)
      socket.send(JSON.stringify({ id: last, method, params }))
    })
  return { call, close: () => socket.close() }
}

/**
 * Profiles the process whose inspector listens on `port` while `work` runs. Writes the profile to
 * `folder`, and gives back where the process itself spent its time, the most first.
 */
export const profile = async (
  { port, folder, name }: { readonly port: number; readonly folder: string; readonly name: string },
  work: () => Promise<unknown>,
): Promise<string> => {
  const { call, close } = await connect(port)
  await call('Profiler.enable')
  await call('Profiler.setSamplingInterval', { interval: samplingMicroseconds })
  await call('Profiler.start')
  await work()
  const { profile } = (await call('Profiler.stop')) as { profile: Profile }
  close()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.cpuprofile`), JSON.stringify(profile))
  return profiledPlaces(profile)
}
