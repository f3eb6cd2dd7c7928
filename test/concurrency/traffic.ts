import type { Operation } from './linearizability.ts'
import { createdIfNone, operation, removed, seen, updated } from './pair-model.ts'
import type { Effect, Pair, Said, Side } from './pair-model.ts'
import type { Asking, Timed } from './server-processes.ts'

/** Two Observations that many clients read and write. */
export interface Subject {
  readonly name: string
  readonly history: Operation<Pair>[]
  /** Newest version seen of each side, for If-Match. */
  readonly versions: [number, number]
}

/** One client's turn. */
export interface Turn {
  readonly ask: (asking: Asking) => Promise<Timed>
  readonly subject: Subject
  readonly side: Side
  /** What it writes. */
  readonly value: string
  /** Of the operations there are, which. */
  readonly kind: number
  readonly text: string
}

const system = 'urn:oid:1.2.156.5'
const nameOf = ({ name }: Subject, side: Side): string => `${name}-${side}`
const addressOf = (subject: Subject, side: Side): string =>
  `Observation/tinglin-${nameOf(subject, side)}`
const criteriaOf = (subject: Subject, side: Side): string =>
  `identifier=${system}|${nameOf(subject, side)}`

const observation = (subject: Subject, side: Side, value: string) => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' }, valueString: value },
  identifier: [{ system, value: nameOf(subject, side) }],
})
const withId = (subject: Subject, side: Side, value: string) => ({
  ...observation(subject, side, value),
  id: addressOf(subject, side).split('/')[1],
})
const transaction = (...entry: readonly object[]): Asking => ({
  ...{ method: 'POST', path: '', headers: { prefer: 'return=representation' } },
  body: { resourceType: 'Bundle', type: 'transaction', entry },
})

const versionIn = (etag: unknown): number | undefined => {
  const [, version] = /^W\/"(\d+)"$/.exec(String(etag)) ?? []
  return version === undefined ? undefined : Number(version)
}
/** What an answer says of its one resource. */
const saidBy = ({ status, headers, json }: Timed): Said => ({
  ...{ status, version: versionIn(headers.get('etag')) },
  ...{ id: json?.id, value: json?.valueString },
})
const saidByEntry = ({ json }: Timed, at: number): Said => {
  const { response, resource } = json.entry[at]
  return {
    ...{ status: Number(response.status.slice(0, 3)), version: versionIn(response.etag) },
    ...{ id: resource?.id, value: resource?.valueString },
  }
}

/** Conflicts and overload are said to have changed nothing, which fits anywhere. */
const saysNothingDone = ({ status }: Timed): boolean => status === 409 || status === 503

const record = (
  { subject, text }: Turn,
  answer: Timed,
  effects: readonly (readonly [Side, Effect])[],
): Timed => {
  const said = saysNothingDone(answer) ? [] : effects
  subject.history.push(operation(`${text} -> ${answer.status}`, answer, said))
  return answer
}

/** Both resources in one statement. */
export const look = async (turn: Turn): Promise<Timed> => {
  const { ask, subject } = turn
  const identifiers = ([0, 1] as const).map(side => `${system}|${nameOf(subject, side)}`)
  const path = `/Observation?identifier=${identifiers.join()}`
  const answer = await ask({ method: 'GET', path })
  const found = (side: Side): Said | undefined => {
    for (const { resource } of answer.json.entry ?? []) {
      const { id, meta, valueString, identifier } = resource
      if (identifier[0].value !== nameOf(subject, side)) continue
      const version = Number(meta.versionId)
      subject.versions[side] = Math.max(subject.versions[side], version)
      return { status: 200, id, version, value: valueString }
    }
    return undefined
  }
  const effects = ([0, 1] as const).map(side => [side, seen(found(side))] as const)
  return record({ ...turn, text: `${turn.text} look` }, answer, effects)
}

/** A request by id: a look, an update with or without If-Match, or both updates in a transaction. */
export const byAddress = async (turn: Turn): Promise<Timed> => {
  const { ask, subject, side, value, kind } = turn
  if (kind === 0) return look(turn)
  const ifMatch = kind === 1 ? undefined : subject.versions[kind === 2 ? side : 0]
  const condition = ifMatch === undefined ? undefined : `W/"${ifMatch}"`
  const text = `${turn.text} ${kind === 3 ? 'put 0 and 1' : `put ${side}`} ${value} if ${ifMatch}`
  if (kind < 3) {
    const answer = await ask({
      ...{ method: 'PUT', path: `/${addressOf(subject, side)}` },
      body: withId(subject, side, value),
      headers: condition === undefined ? {} : { 'if-match': condition },
    })
    return record({ ...turn, text }, answer, [[side, updated(saidBy(answer), value, ifMatch)]])
  }
  const put = (of: Side, more = {}) => ({
    resource: withId(subject, of, value),
    request: { method: 'PUT', url: addressOf(subject, of), ...more },
  })
  const answer = await ask(transaction(put(0, { ifMatch: condition }), put(1)))
  const effects: readonly (readonly [Side, Effect])[] =
    answer.status === 200
      ? [
          [0, updated(saidByEntry(answer, 0), value, ifMatch)],
          [1, updated(saidByEntry(answer, 1), value)],
        ]
      : [[0, updated(saidBy(answer), value, ifMatch)]]
  return record({ ...turn, text }, answer, effects)
}

/**
 * A request by business identifier: a look, a conditional create, update or delete, or a conditional
 * create of one and a conditional update of the other in a transaction.
 */
export const byIdentifier = async (turn: Turn): Promise<Timed> => {
  const { ask, subject, side, value, kind } = turn
  const resource = observation(subject, side, value)
  const path = `/Observation?${criteriaOf(subject, side)}`
  switch (kind) {
    case 0:
      return look(turn)
    case 1: {
      const headers = { 'if-none-exist': criteriaOf(subject, side) }
      const answer = await ask({ method: 'POST', path: '/Observation', body: resource, headers })
      const effect = createdIfNone(saidBy(answer), value)
      return record({ ...turn, text: `${turn.text} create ${side} ${value}` }, answer, [
        [side, effect],
      ])
    }
    case 2: {
      const answer = await ask({ method: 'PUT', path, body: resource })
      const effect = updated(saidBy(answer), value)
      return record({ ...turn, text: `${turn.text} update ${side} ${value}` }, answer, [
        [side, effect],
      ])
    }
    case 3: {
      const answer = await ask({ method: 'DELETE', path })
      const effect = removed(saidBy(answer))
      return record({ ...turn, text: `${turn.text} delete ${side}` }, answer, [[side, effect]])
    }
    default:
      return bothByIdentifier(turn)
  }
}

const bothByIdentifier = async (turn: Turn): Promise<Timed> => {
  const { ask, subject, value } = turn
  const other: Side = turn.side === 0 ? 1 : 0
  const answer = await ask(
    transaction(
      {
        resource: observation(subject, turn.side, value),
        request: {
          ...{ method: 'POST', url: 'Observation' },
          ifNoneExist: criteriaOf(subject, turn.side),
        },
      },
      {
        resource: observation(subject, other, value),
        request: { method: 'PUT', url: `Observation?${criteriaOf(subject, other)}` },
      },
    ),
  )
  if (answer.status !== 200)
    return record(turn, answer, [
      [0, saysNothingDone(answer) ? slot => ({ slot }) : () => undefined],
    ])
  return record({ ...turn, text: `${turn.text} create ${turn.side}, update ${other}` }, answer, [
    [turn.side, createdIfNone(saidByEntry(answer, 0), value)],
    [other, updated(saidByEntry(answer, 1), value)],
  ])
}
