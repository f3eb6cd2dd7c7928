import type { Config } from '../config.ts'
import { sealAuditEvents } from '../store/audit-seal.ts'
import {
  faultsMax,
  pruneAuditTrail,
  sealDigest,
  verifyAuditTrail,
  type AuditFault,
  type AuditFindings,
} from '../store/audit-verify.ts'
import {
  choose,
  CommandFailed,
  readArguments,
  texts,
  WrongArguments,
  type Command,
  type Output,
} from './command.ts'
import { withRegistry } from './with-registry.ts'

/** `huizhen audit`: the trail of who saw and did what. */
export const audit: Command = {
  name: 'audit',
  summary: 'check that the audit trail is whole; remove what need not be kept',
  help: `huizhen audit verify [--expect <seal>:<digest>]
huizhen audit prune

verify compares every row of the trail with the seals, finds what was changed, removed, inserted or put
elsewhere, and says where. It prints the last seal: note it down where nobody who can write to the
database can, and give it later to --expect. Exits with 1 when the trail is not whole.

prune removes the months that ended more than HUIZHEN_AUDIT_DAYS ago (never of the last 180 days).

  --expect <seal>:<digest>  a seal printed before, which must still stand
`,
  async run(args, output) {
    const [run, rest] = choose({ verify, prune }, args)
    return run(rest, output)
  },
}

const verify = async (args: readonly string[], output: Output): Promise<number> => {
  const expected = expectedSeal(readArguments(args, texts('expect')).text('expect'))
  return withRegistry(async ({ database }) => {
    await sealAuditEvents(database)
    const findings = await verifyAuditTrail(database)
    const isKept =
      expected === undefined || (await sealDigest(database, expected.seal)) === expected.digest
    if (!isKept) output.out(`FAIL  seal ${expected.seal} is not the one that was expected\n`)
    output.out(reportOf(findings))
    return isKept && findings.faults.length === 0 ? 0 : 1
  })
}

/** @throws WrongArguments */
const expectedSeal = (text: string | undefined) => {
  if (text === undefined) return undefined
  const [, seal, digest] = /^(\d{1,18}):([0-9a-f]{64})$/.exec(text) ?? []
  if (seal === undefined || digest === undefined)
    throw new WrongArguments('--expect is a seal as verify prints it, <number>:<64 digits>')
  return { seal: BigInt(seal), digest }
}

const words: Readonly<Record<AuditFault['kind'], string>> = {
  changed: 'was changed after it was sealed',
  missing: 'is missing',
  inserted: 'was put in after its neighbours were sealed',
  backdated: 'claims to be older than the seal before it',
  seal: 'was changed',
  gap: 'does not follow the one before it',
  pruned: 'removed what has to be kept',
}

const reportOf = ({ seals, rows, head, unsealed, unsealedSeconds, faults }: AuditFindings) => {
  const lines = faults.map(({ kind, seal, number }) =>
    number === undefined
      ? `FAIL  seal ${seal} ${words[kind]}`
      : `FAIL  row ${number} (seal ${seal}) ${words[kind]}`,
  )
  if (faults.length === faultsMax) lines.push(`FAIL  and perhaps more: the check ended here`)
  lines.push(`${faults.length === 0 ? 'ok    ' : '      '}${rows} rows under ${seals} seals`)
  if (unsealed > 0)
    lines.push(`      ${unsealed} rows not sealed yet, for ${Math.round(unsealedSeconds)} s`)
  if (head !== undefined) lines.push(`      last seal ${head.seal}:${head.digest}`)
  return `${lines.join('\n')}\n`
}

const dayMilliseconds = 86_400_000

const prune = async (args: readonly string[], output: Output): Promise<number> => {
  readArguments(args, {})
  return withRegistry(async ({ database, config }) => {
    await sealAuditEvents(database)
    const removed = await pruneAuditTrail(database, keptFrom(config, output)).catch(
      (error: unknown) => {
        if (error instanceof Error && /is not sealed yet/.test(error.message))
          throw new CommandFailed(`${error.message}; try again`)
        throw error
      },
    )
    output.out(
      removed.length === 0
        ? `Nothing is older than ${config.auditDays} days.\n`
        : `Removed ${removed.map(name => name.slice('audit_event_'.length).replace('_', '-')).join(', ')}.\n`,
    )
    return 0
  })
}

const keptFrom = ({ auditDays }: Config, { now }: Output): string =>
  new Date(now() * 1000 - auditDays * dayMilliseconds).toISOString()
