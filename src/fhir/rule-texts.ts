import type { LocalText } from './outcome.ts'
import { chineseRules } from './rule-texts-zh.ts'

/** What a constraint of R4 asks, in both languages; `human` is what R4 says. */
export const ruleText = (key: string, human: string): LocalText => ({
  en: human.trim(),
  'zh-CN': chineseRules[key] ?? human.trim(),
})
