import type { Message } from './messages.ts'

/** Refusals of a QuestionnaireResponse by its questionnaire; never what was answered. */
export const questionnaireMessages = {
  'answer-to-no-question': {
    en: 'The questionnaire has no item with this linkId here. Expected one of its items, in the place it has there: correct the linkId or move the item.',
    'zh-CN':
      '问卷在此位置没有该 linkId 的项目。应为问卷中同一位置的项目:请更正 linkId 或移动该项目。',
  },
  'answer-required': {
    en: 'The required item "{linkId}" is not answered. Answer it, or send the response with status in-progress.',
    'zh-CN': '必答项目 "{linkId}" 未作答。请作答,或以 in-progress 状态发送。',
  },
  'answer-item-repeated': {
    en: 'The item "{linkId}" stands here more than once, and it does not repeat. Send it once.',
    'zh-CN': '项目 "{linkId}" 在此出现多次,但它不可重复。请只发送一次。',
  },
  'answer-repeated': {
    en: 'The question takes one answer and has several. Keep one.',
    'zh-CN': '该问题只接受一个答案,但有多个。请只保留一个。',
  },
  'answer-not-enabled': {
    en: 'The item is answered, but by the other answers it is not enabled. Remove it, or correct the answers it depends on.',
    'zh-CN': '该项目已作答,但依其他答案它未启用。请删除,或更正其所依赖的答案。',
  },
  'answer-not-taken': {
    en: 'An item of type {type} takes no answers. Put the answers in items of their own, directly below a group.',
    'zh-CN': '类型为 {type} 的项目不接受答案。请将答案放在各自的项目中(组的直接下级)。',
  },
  'answer-item-misplaced': {
    en: 'Items below a question stand in its answer. Move them to "answer.item".',
    'zh-CN': '问题的下级项目应位于其答案之内。请移至 "answer.item"。',
  },
  'answer-type': {
    en: 'The answer is of type {found}. Expected: {expected}. Answer in that type.',
    'zh-CN': '答案类型为 {found},应为:{expected}。请以该类型作答。',
  },
  'answer-not-offered': {
    en: 'The answer is none of the options of the question. Choose one of them.',
    'zh-CN': '答案不在该问题的选项之中。请从选项中选择。',
  },
  'answer-not-of-value-set': {
    en: 'The answer is not of the value set of the question, {valueSet}. Choose a code of it.',
    'zh-CN': '答案不属于该问题的值集 {valueSet}。请选择其中的代码。',
  },
  'answer-exclusive': {
    en: 'One of the chosen options excludes all others. Keep it alone, or remove it.',
    'zh-CN': '所选选项之一与其他选项互斥。请只保留该选项,或将其删除。',
  },
  'answer-too-long': {
    en: 'The answer is too long: at most {max} characters are allowed. Shorten it.',
    'zh-CN': '答案过长:最多允许 {max} 个字符。请缩短。',
  },
  'answer-too-short': {
    en: 'The answer is too short: at least {min} characters are expected. Complete it.',
    'zh-CN': '答案过短:至少应有 {min} 个字符。请补充。',
  },
  'answer-too-low': {
    en: 'The answer is below the lowest that the question allows. Correct it.',
    'zh-CN': '答案低于该问题允许的最小值。请更正。',
  },
  'answer-too-high': {
    en: 'The answer is above the highest that the question allows. Correct it.',
    'zh-CN': '答案高于该问题允许的最大值。请更正。',
  },
  'answer-too-precise': {
    en: 'The answer has too many decimal places: at most {max} are allowed. Round it.',
    'zh-CN': '答案的小数位过多:最多允许 {max} 位。请四舍五入。',
  },
  'answer-not-comparable': {
    en: 'The unit of the answer cannot be compared with the bounds of the question. Expected a unit of the same kind, as a UCUM code.',
    'zh-CN': '答案的单位无法与该问题的上下限比较。应为同类单位的 UCUM 代码。',
  },
} as const satisfies Record<string, Message>
