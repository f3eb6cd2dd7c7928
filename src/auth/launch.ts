import type { Adapter, AdapterPayload } from 'oidc-provider'

/**
 * What was agreed when a person signed in: whose and what for all tokens made under one grant are.
 * It ends with the grant.
 */
export interface Launch {
  readonly clientId: string
  readonly person: string
  /** SMART scopes, at most what the client might have then. */
  readonly scope: string
  /** `openid`, `fhirUser`, `launch/patient` and their like. */
  readonly otherScopes: readonly string[]
  readonly purpose: string
  /** Id of the Patient that was chosen. */
  readonly patient?: string
  /** How the person proved who they are. @see https://www.rfc-editor.org/rfc/rfc8176 */
  readonly amr: readonly string[]
}

/** Scopes that are about the sign-in itself. */
export const launchScopes = [
  ...['openid', 'fhirUser', 'launch/patient'],
  ...['online_access', 'offline_access'],
] as const

/** Seconds tokens can be renewed for, counted from the sign-in: a working day, or a month. */
export const grantSeconds = { online_access: 43_200, offline_access: 2_592_000 } as const

/** Seconds of a grant that cannot be renewed: longer than its one access token lives. */
const briefGrantSeconds = 1_800

/** How long what was agreed holds; the stronger scope counts. */
export const grantSecondsOf = (scopes: readonly string[]): number => {
  if (scopes.includes('offline_access')) return grantSeconds.offline_access
  return scopes.includes('online_access') ? grantSeconds.online_access : briefGrantSeconds
}

/** Where launches are kept, by grant. */
export interface Launches {
  save(grantId: string, launch: Launch, seconds: number): Promise<void>
  of(grantId: string): Promise<Launch | undefined>
}

/** @param store of the model `Launch`; rows go with their grant */
export const createLaunches = (store: Adapter): Launches => ({
  async save(grantId, launch, seconds) {
    await store.upsert(grantId, { ...launch, grantId } as unknown as AdapterPayload, seconds)
  },
  async of(grantId) {
    return (await store.find(grantId)) as unknown as Launch | undefined
  },
})

/** A scope parameter as it came; empty when there is none. */
export const scopeText = (scope: unknown): string => (typeof scope === 'string' ? scope : '')

/** SMART scopes and scopes about the sign-in in one request, apart. */
export const splitScopes = (
  text: unknown,
): { readonly resource: readonly string[]; readonly launch: readonly string[] } => {
  const words = scopeText(text)
    .split(' ')
    .filter(word => word !== '')
  const isLaunch = (word: string): boolean => (launchScopes as readonly string[]).includes(word)
  return { resource: words.filter(word => !isLaunch(word)), launch: words.filter(isLaunch) }
}

/** Whether the app needs to know which patient it is about. */
export const needsPatient = (scope: string | undefined): boolean =>
  /(?:^| )(?:launch\/patient|patient\/)/.test(scope ?? '')
