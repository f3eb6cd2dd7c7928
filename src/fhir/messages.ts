import { requestMessages } from './messages-request.ts'
import { formatMessages } from './messages-format.ts'
import { accessMessages } from './messages-access.ts'
import { conditionalMessages } from './messages-conditional.ts'
import { consultationMessages } from './messages-consultation.ts'
import { exportMessages } from './messages-export.ts'
import { patchMessages } from './messages-patch.ts'
import { validationMessages } from './messages-validation.ts'
import { judgementMessages } from './messages-judgement.ts'
import { profileMessages } from './messages-profile.ts'
import { searchMessages } from './messages-search.ts'
import { terminologyMessages } from './messages-terminology.ts'
import { importMessages } from './messages-import.ts'
import { searchTextMessages } from './messages-search-text.ts'

/** One text a caller can meet, in every language. It says what is wrong, what was found, and what to do. */
export interface Message {
  readonly en: string
  readonly 'zh-CN': string
}

/** Every message, by the stable code that `OperationOutcome.issue.details.coding` carries. */
export const messages = {
  ...requestMessages,
  ...accessMessages,
  ...formatMessages,
  ...conditionalMessages,
  ...patchMessages,
  ...exportMessages,
  ...consultationMessages,
  ...validationMessages,
  ...profileMessages,
  ...judgementMessages,
  ...searchMessages,
  ...terminologyMessages,
  ...searchTextMessages,
  ...importMessages,
} as const satisfies Record<string, Message>

export type MessageCode = keyof typeof messages
