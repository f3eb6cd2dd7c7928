import type { OwnerPolicy } from '../registry/policies.ts'
import { inColumns, readArguments, texts, WrongArguments } from './command.ts'
import { withRegistry } from './with-registry.ts'

/** What `huizhen org --help` says about policies. */
export const policyHelp = `  --break-glass off|on     whether one person may open one patient's records in an emergency
  --gate required|off      whether records are opened during a consultation only
  --gate-precision organization|practitioner
                           practitioner: to those alone whom the consultation names
  --honor-opt-in off|on    whether opting in permits though it names no recipient
  --grace-days <n>         days a consultation stays open after its time: 0 (default) to 90
  --directed-exchange on|off  whether addressees see requests, and askers their answers`

const graceDaysMax = 90

/** `huizhen org policy <id>`: changes what is said and shows what holds from now on. @throws WrongArguments */
export const policy = async (args: readonly string[]): Promise<string> => {
  const names = ['break-glass', 'gate', 'gate-precision', 'honor-opt-in', 'grace-days']
  const { words, text } = readArguments(args, texts(...names, 'directed-exchange'), [
    'the id of the organization',
  ])
  const choice = (name: string, ...of: readonly string[]): string | undefined => {
    const given = text(name)
    if (given === undefined || of.includes(given)) return given
    throw new WrongArguments(`--${name} is ${of.join(' or ')}, not "${given}"`)
  }
  const glass = choice('break-glass', 'off', 'on')
  const optIn = choice('honor-opt-in', 'off', 'on')
  const directed = choice('directed-exchange', 'on', 'off')
  const asked = {
    defaultPolicy: glass && (glass === 'on' ? 'break-glass-only' : 'deny'),
    gate: choice('gate', 'required', 'off'),
    gatePrecision: choice('gate-precision', 'organization', 'practitioner'),
    honorsOptIn: optIn && optIn === 'on',
    graceDays: days(text('grace-days')),
    exchangesDirectly: directed && directed === 'on',
  }
  const changes = Object.fromEntries(
    Object.entries(asked).filter(([, value]) => value !== undefined),
  ) as Partial<OwnerPolicy>
  return withRegistry(async ({ registry: { policies } }) => {
    const id = words[0] ?? ''
    const isChange = Object.keys(changes).length > 0
    return shown(await (isChange ? policies.change(id, changes) : policies.of(id)))
  })
}

/** @throws WrongArguments */
const days = (given: string | undefined): number | undefined => {
  if (given === undefined) return undefined
  const number = /^[0-9]{1,2}$/.test(given) ? Number(given) : Infinity
  if (number > graceDaysMax)
    throw new WrongArguments(`--grace-days is 0 to ${graceDaysMax}, not "${given}"`)
  return number
}

const onOff = (value: boolean): string => (value ? 'on' : 'off')

const shown = (held: OwnerPolicy): string =>
  inColumns([
    ['break-glass', onOff(held.defaultPolicy === 'break-glass-only')],
    ['gate', held.gate],
    ['gate-precision', held.gatePrecision],
    ['honor-opt-in', onOff(held.honorsOptIn)],
    ['grace-days', String(held.graceDays)],
    ['directed-exchange', onOff(held.exchangesDirectly)],
  ])
