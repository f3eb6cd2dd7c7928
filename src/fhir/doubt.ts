import type { MessageCode } from './messages.ts'
import type { IssueType, MessageParameters } from './outcome.ts'

/** The clock by which times are judged. */
export interface Clock {
  readonly now: Date
  /** The zone of dates, such as `+08:00`. */
  readonly zoneOffset: string
}

/** Tells of something doubtful. */
export type Doubt = (
  type: IssueType,
  code: MessageCode,
  expression: string,
  parameters?: MessageParameters,
) => void
