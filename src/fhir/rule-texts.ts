import type { LocalText } from './outcome.ts'
import { chineseNameRule, chineseRules } from './rule-texts-zh.ts'

/**
 * What a constraint of R4 asks, in both languages; `human` is what R4 says. Those of definitions that
 * hospitals do not send have no Chinese text of ours, and R4's stands in its place.
 */
export const ruleText = (key: string, human: string): LocalText => ({
  en: human.trim(),
  'zh-CN': chineseRules[key] ?? (key.endsWith('-0') ? chineseNameRule : human.trim()),
})
