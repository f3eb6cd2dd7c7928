/** What the constraints of R4 ask, in Chinese, by their keys. */
export const chineseRules: Readonly<Record<string, string>> = {}
