import type { Message } from './messages.ts'

export const validationMessages = {
  'json-member-reserved': {
    en: 'The member "{name}" is not allowed in JSON sent here. Remove it.',
    'zh-CN': '此处的 JSON 不允许使用成员 "{name}"。请删除。',
  },
} as const satisfies Record<string, Message>
