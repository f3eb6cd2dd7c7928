import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import type { Language } from '../fhir/outcome.ts'
import type { Client } from '../registry/clients.ts'
import type { Organization } from '../registry/organizations.ts'
import type { Person } from '../registry/people.ts'
import type { SignIn } from './authorization-server.ts'
import { scopeText, type Launches } from './launch.ts'
import type { PatientChoice } from './sign-in-forms.ts'
import { worksFor, type SignInState, type SignInStates, type StepContext } from './sign-in-steps.ts'
import type { Grant } from './token-request.ts'

/** Finds patients as the person who chooses would find them, and no others. */
export interface PatientFinder {
  /** At most `patientsShownMax`, and whether there are more. */
  find(
    asker: Grant & { readonly person: Person },
    text: string,
  ): Promise<{ readonly patients: readonly PatientChoice[]; readonly isMore: boolean }>
  /** Whether the person may see the Patient of this id. */
  isVisible(asker: Grant & { readonly person: Person }, id: string): Promise<boolean>
}

/** What the pages need. */
export interface SignInContext extends StepContext {
  readonly provider: Provider
  readonly states: SignInStates
  readonly launches: Launches
  readonly patients: PatientFinder
  readonly baseUrl: string
  /** Makes the proofs of forms. */
  readonly key: string
  readonly onFault: (fault: Error) => void
  /** Told of what was refused. */
  readonly onSignIn?: (signIn: SignIn) => void
}

/** One request for a page of one sign-in. */
export interface Visit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly uid: string
  readonly language: Language
  readonly client: Client
  readonly organization: Organization
  /** What the app asked for. */
  readonly scope: string
  readonly redirectUri: string
  readonly state: SignInState
  /** Who signed in, once they have. */
  readonly person?: Person
}

/** Undefined when there is no such sign-in under way in this browser, or its client was switched off. */
export const visitOf = async (
  { request, response, uid, language }: Pick<Visit, 'request' | 'response' | 'uid' | 'language'>,
  { provider, registry, states }: SignInContext,
): Promise<Visit | undefined> => {
  const interaction = await provider.interactionDetails(request, response).catch(absent)
  if (interaction?.uid !== uid || interaction.result !== undefined) return undefined
  const { client_id: clientId, scope, redirect_uri: redirectUri } = interaction.params
  await registry.refresh()
  const client = await registry.clients.byId(String(clientId))
  const organization = client && (await registry.organizations.byNumber(client.organization))
  if (client?.active !== true || organization?.active !== true) return undefined
  const state = await states.of(uid)
  const person = state.person === undefined ? undefined : await registry.people.byId(state.person)
  if (state.person !== undefined && !worksFor(person, client)) return undefined
  return {
    ...{ request, response, uid, language, client, organization, state },
    ...{ scope: scopeText(scope), redirectUri: String(redirectUri) },
    ...(person === undefined ? {} : { person }),
  }
}

const absent = (error: unknown): undefined => {
  if (error instanceof Error && error.name === 'SessionNotFound') return undefined
  throw error
}
