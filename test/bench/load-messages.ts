/** Requests to repeat: `paths` in turn, each with the body of the same turn if there are bodies. */
export interface LoadPlan {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly origin: string
  readonly paths: readonly string[]
  /** May hold `uniqueMark`. */
  readonly bodies: readonly string[]
  readonly statusExpected: number
}

/** One round. */
export interface LoadRun {
  readonly plan: string
  readonly seconds: number
  /** Goes on beyond the seconds until so many were answered, but not beyond five times the seconds. */
  readonly requestsMin: number
  readonly concurrency: number
  /** The Authorization header. */
  readonly authorization: string | undefined
}

/** What a round saw. Only answers with the expected status count as requests. */
export interface LoadOutcome {
  readonly requests: number
  readonly failures: number
  /** Status and beginning of the first answer that was not expected. */
  readonly firstFailure: string | undefined
  readonly seconds: number
  readonly bytes: number
  readonly p50: number
  readonly p99: number
  /** CPU milliseconds of the load generator. */
  readonly cpuMilliseconds: number
}

export type LoadMessage =
  | { readonly kind: 'plan'; readonly name: string; readonly plan: LoadPlan }
  | { readonly kind: 'run'; readonly run: LoadRun }
