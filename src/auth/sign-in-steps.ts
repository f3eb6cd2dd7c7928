import type { Adapter, AdapterPayload } from 'oidc-provider'
import { isBreakGlass, isPurpose } from '../access/purposes.ts'
import type { Client } from '../registry/clients.ts'
import { isPassword } from '../registry/password.ts'
import type { Person } from '../registry/people.ts'
import type { Registry } from '../registry/registry.ts'
import { stepOfCode } from '../registry/second-factor.ts'
import type { Attempts } from './attempts.ts'

/** How far a person has come on the pages of one sign-in. */
export interface SignInState {
  /** What is asked next. */
  readonly awaits: 'password' | 'code' | 'purpose' | 'patient'
  readonly person?: string
  readonly amr: readonly string[]
  readonly purpose?: string
}

/** Nothing said yet. */
export const startState: SignInState = { awaits: 'password', amr: [] }

/** Seconds the whole of a sign-in may take. */
export const signInSeconds = 600

/** Keeps states between two pages. */
export interface SignInStates {
  of(uid: string): Promise<SignInState>
  save(uid: string, state: SignInState): Promise<void>
}

/** @param store of the model `SignIn` */
export const createSignInStates = (store: Adapter): SignInStates => ({
  async of(uid) {
    return ((await store.find(uid)) as unknown as SignInState | undefined) ?? startState
  },
  async save(uid, state) {
    await store.upsert(uid, { ...state } as unknown as AdapterPayload, signInSeconds)
  },
})

/** What a step comes to: how far the person is now, or what was wrong. */
export type StepResult = SignInState | 'wrong' | 'too-many' | 'busy' | 'no-factor'

/** What the steps need. */
export interface StepContext {
  readonly registry: Registry
  readonly attempts: Attempts
  /** In the sandbox a second factor is each person's choice. */
  readonly sandbox: boolean
  /** Seconds since the epoch. */
  readonly now: () => number
}

/** Passwords looked at the same time by one process at most: each takes 32 MiB. */
const passwordsAtOnceMax = 8
let passwordsUnderWay = 0

/**
 * Name and password. Who is unknown, works elsewhere or was switched off gets the answer of a wrong
 * password, after the same work.
 */
export const passwordStep = async (
  given: { readonly name: string; readonly password: string; readonly address: string },
  client: Pick<Client, 'organization'>,
  { registry, attempts, sandbox }: StepContext,
): Promise<StepResult> => {
  if (passwordsUnderWay >= passwordsAtOnceMax) return 'busy'
  passwordsUnderWay++
  try {
    const tried = [
      { of: 'account', who: given.name },
      { of: 'address', who: given.address },
    ] as const
    if (!(await attempts.begin(tried))) return 'too-many'
    const isForm = /^[A-Za-z0-9.-]{1,64}$/.test(given.name)
    const person = isForm ? await registry.people.byId(given.name) : undefined
    const credential = isForm ? await registry.credentials.of(given.name) : undefined
    const isRight = await isPassword(given.password, credential?.passwordHash)
    if (!isRight || !worksFor(person, client)) return 'wrong'
    await attempts.succeed(tried)
    const known = { person: given.name, amr: ['pwd'] }
    if (credential?.secondFactor !== undefined) return { ...known, awaits: 'code' }
    return sandbox ? { ...known, awaits: 'purpose' } : 'no-factor'
  } finally {
    passwordsUnderWay--
  }
}

/** Whether a person may use a client: of the same hospital, and not switched off. */
export const worksFor = (
  person: Person | undefined,
  client: Pick<Client, 'organization'>,
): boolean => person?.active === true && person.organization === client.organization

/** The second factor. A code is taken once, and the first one confirms the enrolment. */
export const codeStep = async (
  code: string,
  state: SignInState,
  { registry, attempts, now }: StepContext,
): Promise<StepResult> => {
  const person = state.person!
  const tried = [{ of: 'code', who: person }] as const
  if (!(await attempts.begin(tried))) return 'too-many'
  const secret = (await registry.credentials.of(person))?.secondFactor
  const step = secret === undefined ? undefined : stepOfCode(secret, code, now())
  if (step === undefined || !(await registry.credentials.useStep(person, step))) return 'wrong'
  await attempts.succeed(tried)
  return { ...state, awaits: 'purpose', amr: [...state.amr, 'otp', 'mfa'] }
}

/**
 * The purposes a person may choose among with a client, treatment first and breaking the glass last:
 * that only with a second factor.
 * @param amr how the person has proved who they are
 */
export const purposesOf = ({ purposes }: Client, amr: readonly string[]): readonly string[] =>
  purposes
    .filter(code => isPurpose(code) && (!isBreakGlass(code) || amr.includes('mfa')))
    .sort((a, b) => rankOf(a) - rankOf(b))

const rankOf = (purpose: string): number =>
  isBreakGlass(purpose) ? 1 : purpose === 'TREAT' ? -1 : 0
