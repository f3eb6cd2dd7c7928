import { limits } from '../../fhir/limits.ts'

/** A search as it may be sent, or with `refused` one that is answered with that message code. */
export interface SearchExample {
  readonly query: string
  readonly en: string
  readonly zh: string
  readonly refused?: string
}

/** What is said about one subject, with examples. */
export interface SearchSubject {
  readonly id: string
  readonly en: string
  readonly zh: string
  readonly examples: readonly SearchExample[]
}

const count = (number: number): string => number.toLocaleString('en')

const valueSubjects: readonly SearchSubject[] = [
  {
    id: 'token',
    en: 'token: codes and identifiers',
    zh: 'token:代码与标识',
    examples: [
      {
        query: 'Observation?code=http://loinc.org|4548-4',
        ...{ en: 'system|code; code in any system; |code without a system; system|' },
        zh: 'system|code;任意系统的 code;无系统的 |code;system|',
      },
      {
        query: 'Observation?code=4548-4,2345-7&status:not=entered-in-error',
        en: `a comma means or (up to ${count(limits.orValuesMax)} values, by POST _search), a repeated parameter and; :not also finds what has no value`,
        zh: `逗号表示“或”(至多 ${count(limits.orValuesMax)} 个值,用 POST _search),重复的参数表示“且”;:not 也匹配没有值的资源`,
      },
      {
        query: 'Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|1001',
        ...{ en: ':of-type: type of the identifier and its value' },
        zh: ':of-type:标识类型与值',
      },
      {
        query:
          'AllergyIntolerance?clinical-status:in=http://hl7.org/fhir/ValueSet/allergyintolerance-clinical',
        en: ':in and :not-in a value set, :above and :below in a code system',
        zh: ':in、:not-in 按值集,:above、:below 按代码系统层级',
      },
      {
        query: 'Condition?code:text=diab',
        ...{ en: ':text: the words beside a code begin so' },
        zh: ':text:代码旁的文字以此开头',
      },
    ],
  },
  {
    id: 'string',
    en: 'string: names and texts',
    zh: 'string:姓名与文本',
    examples: [
      {
        query: 'Patient?name=刘洋',
        en: 'begins so, without regard to case and accents; Chinese names also by pinyin and initials (liuyang, ly)',
        zh: '按开头匹配,不分大小写与重音;中文姓名也可用拼音或首字母(liuyang、ly)',
      },
      {
        query: 'Patient?family:exact=刘&given:contains=洋',
        ...{ en: ':exact, :contains, :text' },
        zh: ':exact、:contains、:text',
      },
    ],
  },
  {
    id: 'reference',
    en: 'reference',
    zh: 'reference:引用',
    examples: [
      {
        query: 'Observation?patient=tinglin-liuyang',
        en: 'an id, Type/id, or an absolute address; Type/id/_history/2 for references to one version',
        zh: 'id、Type/id 或绝对地址;Type/id/_history/2 查找指向某一版本的引用',
      },
      {
        query: 'Observation?subject:Patient.name=刘&encounter.status=finished',
        en: `chains of up to ${limits.chainHopsMax} hops; every record on the way must be visible to you`,
        zh: `链式检索至多 ${limits.chainHopsMax} 层;途经的每条记录都须对您可见`,
      },
      {
        query: 'Patient?_has:Observation:patient:code=4548-4',
        ...{ en: '_has: the other way round' },
        zh: '_has:反向链',
      },
      {
        query: 'Observation?subject:identifier=http://example.org/mrn|1001',
        en: ':identifier of the reference itself; :[type], :text, :missing, and :above and :below where resources are parts of one another',
        zh: ':identifier 按引用自身的标识;另有 :[type]、:text、:missing,以及有层级时的 :above、:below',
      },
    ],
  },
  {
    id: 'date',
    en: 'date',
    zh: 'date:日期',
    examples: [
      {
        query: 'Observation?date=2024-05',
        en: 'eq: wholly within; a date without a zone is in the zone of the exchange',
        zh: 'eq:完全落在其中;不带时区的日期按平台时区',
      },
      {
        query: 'Observation?date=ge2024-01-01&date=lt2025',
        ...{ en: 'prefixes: eq ne gt lt ge le sa eb ap' },
        zh: '前缀:eq ne gt lt ge le sa eb ap',
      },
    ],
  },
  {
    id: 'quantity',
    en: 'number and quantity',
    zh: 'number 与 quantity:数量',
    examples: [
      {
        query: 'Observation?value-quantity=gt5.4|http://unitsofmeasure.org|mmol/L',
        en: 'units are converted (UCUM); 5.4 means 5.35 up to 5.45; the prefixes of dates',
        zh: '按 UCUM 换算单位;5.4 表示 5.35 至 5.45;前缀同日期',
      },
      {
        query: 'Observation?component-code-value-quantity=http://loinc.org|8480-6$gt140',
        ...{ en: 'composite: both in one element' },
        zh: 'composite:两者在同一元素中',
      },
    ],
  },
  {
    id: 'uri',
    en: 'uri and special',
    zh: 'uri 与 special',
    examples: [
      {
        query: 'ValueSet?url:below=http://hl7.org/fhir',
        ...{ en: ':below, :above' },
        zh: ':below、:above',
      },
      {
        query: 'Location?near=30.74|121.34|5|km',
        ...{ en: 'latitude|longitude|distance|unit' },
        zh: '纬度|经度|距离|单位',
      },
      {
        query: 'Observation?_content=血糖',
        en: '_text and _content: words, "phrases", or, -word, word*; Chinese by any part',
        zh: '_text 与 _content:词语、"短语"、or、-词、词*;中文可按任意片段',
      },
      {
        query: 'Observation?_filter=code eq 4548-4 and date ge 2024-01-01',
        ...{ en: '_filter: and, or, not, parentheses, chains' },
        zh: '_filter:and、or、not、括号、链',
      },
      {
        query: 'Observation?encounter:missing=true',
        ...{ en: ':missing on every parameter' },
        zh: ':missing 适用于所有参数',
      },
    ],
  },
]

const resultSubjects: readonly SearchSubject[] = [
  {
    id: 'pages',
    en: 'Order, pages and totals',
    zh: '排序、分页与总数',
    examples: [
      {
        query: 'Observation?patient=tinglin-liuyang&_sort=-date,_id&_count=20',
        en: `up to ${limits.sortKeysMax} sort keys; ${limits.pageSizeDefault} on a page, at most ${count(limits.pageSizeMax)}; follow link next, which is yours alone and holds for a day`,
        zh: `至多 ${limits.sortKeysMax} 个排序键;每页默认 ${limits.pageSizeDefault}、至多 ${count(limits.pageSizeMax)};沿 next 链接翻页,链接仅供本人使用,一天有效`,
      },
      {
        query: 'Observation?_total=none',
        en: `totals are exact; _total=none spares the count, estimate stops at ${count(limits.estimatedTotalMax)}`,
        zh: `总数精确;_total=none 不计数,estimate 计至 ${count(limits.estimatedTotalMax)}`,
      },
      {
        query: 'Observation?_summary=count',
        ...{ en: '_summary: true, text, data, count, false; or _elements=code,valueQuantity' },
        zh: '_summary:true、text、data、count、false;或 _elements=code,valueQuantity',
      },
    ],
  },
  {
    id: 'include',
    en: 'What goes with the matches',
    zh: '附带资源',
    examples: [
      {
        query: 'DiagnosticReport?patient=tinglin-liuyang&_include=DiagnosticReport:result',
        en: `_include, _revinclude, with :iterate, *, Type:*; at most ${count(limits.includedResourcesMax)}, and only what you may see; the version a reference names`,
        zh: `_include、_revinclude,可用 :iterate、*、Type:*;至多 ${count(limits.includedResourcesMax)} 个,且仅限您可见的;引用指明版本时给出该版本`,
      },
      {
        query: '?_type=Condition,Observation&patient=tinglin-liuyang',
        ...{ en: 'several types at once; compartments: Patient/x/Observation?…' },
        zh: '一次检索多种类型;隔室:Patient/x/Observation?…',
      },
    ],
  },
  {
    id: 'refusals',
    en: 'What is refused',
    zh: '被拒绝的检索',
    examples: [
      {
        query: 'Observation?pateint=x',
        en: 'nothing is passed over: a parameter, modifier or value that is not understood is 400 with the nearest names; Prefer: handling=lenient leaves it out and says so',
        zh: '不会悄悄忽略:无法理解的参数、修饰符或值得到 400 并给出最接近的名称;Prefer: handling=lenient 时略去并说明',
        refused: 'search-parameter-unknown',
      },
      {
        query: 'Observation?code:exact=x',
        ...{ en: 'a modifier that the type has not' },
        zh: '该类型没有的修饰符',
        refused: 'search-modifier-unsupported',
      },
      {
        query: 'Observation?_contained=true',
        en: 'contained resources are not matches of their own; _content finds their texts',
        zh: '包含的资源不单独匹配;其文字可用 _content 检索',
        refused: 'search-contained-unsupported',
      },
    ],
  },
]

/** Everything the search guide shows, in its order. */
export const searchSubjects: readonly SearchSubject[] = [...valueSubjects, ...resultSubjects]
