import type { Language } from '../fhir/outcome.ts'

/** Everything the pages say, in both languages. */
export const signInTexts = {
  en: {
    title: 'Sign in',
    other: '中文',
    forApp: (app: string, hospital: string) => `${app} of ${hospital} asks you to sign in.`,
    name: 'User name',
    password: 'Password',
    continue: 'Continue',
    wrong: 'User name or password is wrong.',
    tooMany: 'There were too many attempts. Try again in 15 minutes.',
    busy: 'Too many people are signing in at this moment. Try again in a few seconds.',
    codeTitle: 'Second factor',
    code: 'Six-digit code of your authenticator app',
    wrongCode: 'This code is wrong or was used before. Wait for the next one.',
    noFactor:
      'You have no second factor yet. Ask the operator to set one up for you (huizhen person second-factor).',
    purposeTitle: 'Purpose and permission',
    signedInAs: (person: string) => `You are signed in as ${person}.`,
    purpose: 'For what do you need the records? The purpose is recorded and decides what you see.',
    asks: (app: string) => `${app} asks for permission to do this in your name:`,
    allow: 'Allow',
    deny: 'Deny',
    patientTitle: 'Choose a patient',
    patientHint: 'Name or identifier. Only patients whose records you may see are found.',
    search: 'Search',
    choose: 'Choose',
    none: 'No patient found.',
    more: 'There are more; write more of the name.',
    born: 'born',
    glassTitle: 'Break the glass',
    glassHint:
      'Id of the Patient whose records you need in an emergency. Everything you do is recorded, and the hospital of the records is told at once.',
    wrongPatient: 'This is no id of a Patient: letters, digits, hyphens and dots, at most 64.',
    lostTitle: 'This page has expired',
    lost: 'The sign-in was finished, took too long, or began in another browser. Go back to the app and start again.',
    refusedTitle: 'The app cannot sign you in',
    away: 'The server cannot be reached at this moment. Try again in a few seconds.',
    failed: 'Something went wrong here. The operator was told.',
    passwordsOfSandbox:
      'This is a sandbox: names and passwords are on the start page of the server.',
  },
  'zh-CN': {
    title: '登录',
    other: 'English',
    forApp: (app: string, hospital: string) => `${hospital}的应用“${app}”请您登录。`,
    name: '用户名',
    password: '密码',
    continue: '继续',
    wrong: '用户名或密码错误。',
    tooMany: '尝试次数过多,请 15 分钟后再试。',
    busy: '当前登录人数过多,请几秒后再试。',
    codeTitle: '二次验证',
    code: '验证器应用中的六位验证码',
    wrongCode: '验证码错误或已使用过,请等待下一个。',
    noFactor: '您尚未设置二次验证。请联系运维人员为您设置(huizhen person second-factor)。',
    purposeTitle: '用途与授权',
    signedInAs: (person: string) => `您已登录为 ${person}。`,
    purpose: '您为何需要查阅病历?用途会被记录,并决定您能看到的内容。',
    asks: (app: string) => `“${app}”请求以您的名义:`,
    allow: '同意',
    deny: '拒绝',
    patientTitle: '选择患者',
    patientHint: '姓名或证件号、病历号。只能查到您有权查阅的患者。',
    search: '查找',
    choose: '选择',
    none: '未找到患者。',
    more: '还有更多结果,请输入更完整的姓名。',
    born: '出生于',
    glassTitle: '紧急调阅',
    glassHint:
      '紧急情况下需要调阅其病历的 Patient 的 id。您的所有操作都会被记录,并立即通知病历所属医院。',
    wrongPatient: '这不是 Patient 的 id:只能包含字母、数字、连字符和点,最多 64 个字符。',
    lostTitle: '页面已失效',
    lost: '登录已完成、超时,或是在另一个浏览器中开始的。请回到应用重新开始。',
    refusedTitle: '该应用无法让您登录',
    away: '服务器暂时无法访问,请几秒后再试。',
    failed: '服务器出现错误,已通知运维人员。',
    passwordsOfSandbox: '这是沙箱:用户名和密码见服务器首页。',
  },
} as const satisfies Record<Language, object>

/** A purpose of use in words; codes without any are shown as they are. */
export const purposeText = (code: string, language: Language): string =>
  purposeTexts[code]?.[language] ?? code

const purposeTexts: Readonly<Record<string, Record<Language, string>>> = {
  TREAT: { en: 'Treatment', 'zh-CN': '诊疗' },
  ETREAT: { en: 'Emergency treatment', 'zh-CN': '急诊救治' },
  BTG: { en: 'Emergency: break the glass of one patient', 'zh-CN': '紧急调阅一位患者的病历' },
  COC: { en: 'Coordination of care', 'zh-CN': '诊疗协同' },
  PATRQT: { en: 'Request of the patient', 'zh-CN': '患者请求' },
  HPAYMT: { en: 'Payment', 'zh-CN': '费用结算' },
  HRESCH: { en: 'Research', 'zh-CN': '科研' },
  HMARKT: { en: 'Marketing', 'zh-CN': '市场推广' },
  HOPERAT: { en: 'Operations of the hospital', 'zh-CN': '医院运营' },
}

const letterTexts: Readonly<Record<string, Record<Language, string>>> = {
  c: { en: 'create', 'zh-CN': '新建' },
  r: { en: 'read', 'zh-CN': '读取' },
  u: { en: 'change', 'zh-CN': '修改' },
  d: { en: 'delete', 'zh-CN': '删除' },
  s: { en: 'search', 'zh-CN': '检索' },
}

/** What the letters of a scope allow, in words. */
export const lettersText = (letters: string, language: Language): string =>
  [...letters]
    .map(letter => letterTexts[letter]?.[language] ?? letter)
    .join(language === 'en' ? ', ' : '、')

/** All resource types, in words. */
export const everything: Record<Language, string> = { en: 'all records', 'zh-CN': '所有病历' }
/** Only of the patient that is chosen. */
export const ofThePatient: Record<Language, string> = {
  en: 'of the chosen patient',
  'zh-CN': '(仅所选患者)',
}
/** Scopes about the sign-in, in words. */
export const launchTexts: Readonly<Record<string, Record<Language, string>>> = {
  fhirUser: { en: 'know who you are', 'zh-CN': '获知您的身份' },
  'launch/patient': { en: 'know which patient you choose', 'zh-CN': '获知您选择的患者' },
  online_access: { en: 'stay signed in for 12 hours', 'zh-CN': '保持登录 12 小时' },
  offline_access: { en: 'stay signed in for 30 days', 'zh-CN': '保持登录 30 天' },
}
