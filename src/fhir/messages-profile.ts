import type { Message } from './messages.ts'

/** What profiles and definitions of extensions ask. They name elements and constants, never data. */
export const profileMessages = {
  'validation-passed': {
    en: 'Nothing to complain of: the resource would be taken.',
    'zh-CN': '未发现问题:该资源可以被接受。',
  },
  'validation-mode': {
    en: 'The mode is not understood, or needs another address. Expected one of {expected}; update and delete are asked of an instance: Type/id/$validate.',
    'zh-CN':
      'mode 无效,或需要其他地址。应为以下之一:{expected};update 和 delete 应对实例提出:Type/id/$validate。',
  },
  'validation-id': {
    en: 'The id in the resource is not the one of the address. Expected the same id in both: correct one of them.',
    'zh-CN': '资源中的 id 与地址中的不一致。两处应相同:请更正其一。',
  },
  'profile-unknown': {
    en: 'The profile {profile} is not known here, so the resource was not checked by it. Load its package, or correct the canonical.',
    'zh-CN': '此处没有 profile {profile},因此未按其检查该资源。请加载其软件包,或更正规范 URL。',
  },
  'profile-of-other-type': {
    en: 'The profile {profile} is one of {expected}, not of this type. Remove it from meta.profile, or send the other type.',
    'zh-CN':
      'profile {profile} 适用于 {expected},而不是此类型。请从 meta.profile 中删除,或发送正确的类型。',
  },
  'profile-element-required': {
    en: 'Profile {profile}: found {found} of "{name}", at least {min} are required. Add what is missing.',
    'zh-CN': 'Profile {profile}:"{name}" 有 {found} 项,至少需要 {min} 项。请补充。',
  },
  'profile-element-too-many': {
    en: 'Profile {profile}: found {found} of "{name}", at most {max} are allowed. Remove the rest.',
    'zh-CN': 'Profile {profile}:"{name}" 有 {found} 项,最多允许 {max} 项。请删除多余的项。',
  },
  'profile-type': {
    en: 'Profile {profile}: "{name}" has the type {found}. Expected {expected}: send that type.',
    'zh-CN': 'Profile {profile}:"{name}" 的类型为 {found},应为 {expected}。请改用该类型。',
  },
  'profile-fixed': {
    en: 'Profile {profile}: the value must be exactly {expected}, found {found}. Correct it.',
    'zh-CN': 'Profile {profile}:值必须恰好为 {expected},发现 {found}。请更正。',
  },
  'profile-pattern': {
    en: 'Profile {profile}: the value must hold {expected}, found {found}. Add what is missing; more may stay beside it.',
    'zh-CN': 'Profile {profile}:值必须包含 {expected},发现 {found}。请补充,其他内容可以保留。',
  },
  'profile-too-long': {
    en: 'Profile {profile}: longer than {max} characters. Shorten it.',
    'zh-CN': 'Profile {profile}:超过 {max} 个字符。请缩短。',
  },
  'profile-binding': {
    en: 'Profile {profile}: no code is from the required value set {valueSet}. Expected one of: {expected}.',
    'zh-CN': 'Profile {profile}:没有代码属于规定的值集 {valueSet}。应为以下之一:{expected}。',
  },
  'profile-binding-extensible': {
    en: 'Profile {profile}: no code is from the value set {valueSet}. Use one of {expected} where it fits; otherwise leave it as it is.',
    'zh-CN':
      'Profile {profile}:没有代码属于值集 {valueSet}。如有合适的,请使用以下之一:{expected};否则可保持不变。',
  },
  'profile-target': {
    en: 'Profile {profile}: the reference leads to {found}. Expected one of: {expected}. Refer to one of these, and see that it meets its profile.',
    'zh-CN':
      'Profile {profile}:引用指向 {found},应为以下之一:{expected}。请改为引用其中之一,并确认其符合相应 profile。',
  },
  'profile-none-met': {
    en: 'Profile {profile}: the element meets none of the profiles {expected}. Validate it by one of them to see why.',
    'zh-CN':
      'Profile {profile}:该元素不符合以下任何 profile:{expected}。请按其中之一校验以查看原因。',
  },
  'profile-too-low': {
    en: 'Profile {profile}: the value is below the lowest that is allowed, {expected}. Send a value of at least that.',
    'zh-CN': 'Profile {profile}:该值低于允许的最小值 {expected}。请发送不低于此值的数据。',
  },
  'profile-too-high': {
    en: 'Profile {profile}: the value is above the highest that is allowed, {expected}. Send a value of at most that.',
    'zh-CN': 'Profile {profile}:该值高于允许的最大值 {expected}。请发送不高于此值的数据。',
  },
  'profile-rule-broken': {
    en: 'Profile {profile}: rule {rule} is not met: {text} Change the element so that it is.',
    'zh-CN': 'Profile {profile}:不满足规则 {rule}:{text} 请修改该元素以满足此规则。',
  },
  'slice-missing': {
    en: 'Profile {profile}: slice "{slice}" of "{name}" has {count} items, at least {min} are required. Add what is missing.',
    'zh-CN':
      'Profile {profile}:"{name}" 的切片 "{slice}" 有 {count} 项,至少需要 {min} 项。请补充。',
  },
  'slice-missing-nearest': {
    en: 'Profile {profile}: slice "{slice}" of "{name}" has {count} items, at least {min} are required. The nearest item is not of it: by the discriminator "{discriminator}" expected {expected}, found {found}. Correct that item, or add one.',
    'zh-CN':
      'Profile {profile}:"{name}" 的切片 "{slice}" 有 {count} 项,至少需要 {min} 项。最接近的项不属于该切片:判别元素 "{discriminator}" 应为 {expected},发现 {found}。请更正该项,或补充一项。',
  },
  'slice-too-many': {
    en: 'Profile {profile}: slice "{slice}" of "{name}" has {count} items, at most {max} are allowed. Remove the rest.',
    'zh-CN':
      'Profile {profile}:"{name}" 的切片 "{slice}" 有 {count} 项,最多允许 {max} 项。请删除多余的项。',
  },
  'slice-none': {
    en: 'Profile {profile}: this item of "{name}" is of no slice, and no others are allowed. Nearest is slice "{slice}": by the discriminator "{discriminator}" expected {expected}, found {found}. Correct or remove the item.',
    'zh-CN':
      'Profile {profile}:"{name}" 的此项不属于任何切片,且不允许其他项。最接近的是切片 "{slice}":判别元素 "{discriminator}" 应为 {expected},发现 {found}。请更正或删除该项。',
  },
  'slice-order': {
    en: 'Profile {profile}: the slices of "{name}" have an order, and this item comes too late. Move it.',
    'zh-CN': 'Profile {profile}:"{name}" 的切片有顺序要求,此项位置过后。请调整顺序。',
  },
  'must-support-absent': {
    en: 'Profile {profile}: "{name}" is not there. Systems of this profile must support it: send it where it is known.',
    'zh-CN': 'Profile {profile}:缺少 "{name}"。采用该 profile 的系统必须支持此元素:如已知请发送。',
  },
  'extension-context': {
    en: 'The extension {url} may not stand here. Expected one of: {expected}. Move or remove it.',
    'zh-CN': '扩展 {url} 不能用于此处。应位于以下之一:{expected}。请移动或删除。',
  },
  'extension-modifier': {
    en: 'By its definition this extension belongs in "{expected}". Move it there.',
    'zh-CN': '按定义,此扩展应放在 "{expected}" 中。请移至该处。',
  },
  'modifier-extension-unknown': {
    en: 'This modifier extension is not known here, and it may change the meaning of the element around it. Expected one whose definition is loaded: load its package, or send the content without it.',
    'zh-CN':
      '此处没有该 modifierExtension 的定义,它可能改变所在元素的含义。应使用已加载定义的扩展:请加载其软件包,或去掉该扩展后再发送。',
  },
} as const satisfies Record<string, Message>
