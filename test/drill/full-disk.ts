import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { atEnd } from '../bench/ending.ts'
import { anExchange } from './exchange.ts'
import type { Figures } from './figures.ts'
import { traffic } from './traffic.ts'

const run = promisify(execFile)
const diskMegabytes = 700
const fullMilliseconds = 3_000
const returnMillisecondsMax = 60_000

/**
 * A disk that fills up under writes, and has room again: nothing acknowledged is lost, and writing goes
 * on by itself. Only root can mount the small disk it takes.
 */
export const fullDisk = async (): Promise<Figures> => {
  const folder = await mkdtemp(join(tmpdir(), 'huizhen-disk-'))
  await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMegabytes}m,mode=0755`, 'tmpfs', folder])
  atEnd(async () => {
    await run('umount', ['-l', folder])
    await rm(folder, { recursive: true, force: true })
  })
  const exchange = await anExchange(join(folder, 'exchange'))
  const work = traffic(exchange)
  await sleep(1_000)
  const ballast = join(folder, 'ballast')
  await run('sh', ['-c', `cat /dev/zero > ${ballast} 2>/dev/null; true`])
  await sleep(fullMilliseconds)
  const silence = work.silence()
  const before = work.acknowledged()
  await writeFile(ballast, '')
  const begin = performance.now()
  while (work.acknowledged() < before + 50 && performance.now() - begin < returnMillisecondsMax)
    await sleep(10)
  const returned = performance.now() - begin
  await work.stop()
  const { lost, doubled } = await work.judge()
  await exchange.stop()
  return {
    isGood: lost === 0 && doubled === 0 && returned < returnMillisecondsMax,
    said: {
      ...{ acknowledged: work.acknowledged(), 'sent again': work.repeated(), lost, doubled },
      'stood still': `${Math.round(silence)} ms`,
      'return once there is room': `${Math.round(returned)} ms`,
    },
  }
}
