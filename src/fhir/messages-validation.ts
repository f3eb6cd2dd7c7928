import type { Message } from './messages.ts'

export const validationMessages = {} as const satisfies Record<string, Message>
