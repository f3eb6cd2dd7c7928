import type { Message } from './messages.ts'

export const searchMessages = {} as const satisfies Record<string, Message>
