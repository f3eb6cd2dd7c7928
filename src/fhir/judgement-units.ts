import type { Doubt } from './doubt.ts'
import type { JsonObject } from './walk.ts'

const ucumSystem = 'http://unitsofmeasure.org'

/** Units as laboratories and wards print them, lower case and without spaces, and their UCUM codes. */
const printed: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['g/L', 'mg/L', 'ug/L', 'ng/L', 'pg/L', 'mg/dL', 'g/dL', 'ug/dL', 'ng/dL', 'mmol/L']
      .concat(['umol/L', 'nmol/L', 'pmol/L', 'mol/L', 'g/mL', 'mg/mL', 'ug/mL', 'ng/mL', 'pg/mL'])
      .concat(['U/L', 'U/mL', 'kU/L', 'mU/L', 'L/L', 'fL', 'mL', 'mL/min', 'mL/h', 'mmol/mol'])
      .concat(['/uL', '/mL', '/L', '/min', 'mm/h', 'kPa', 'mg/24h', 'g/24h', 'meq/L', 'mosm/kg'])
      .map(code => [code.toLowerCase(), code.replace('/24h', '/(24.h)')]),
  ),
  ...{ 'iu/ml': '[IU]/mL', 'iu/l': '[IU]/L', 'kiu/l': 'k[IU]/L', iu: '[IU]' },
  ...{ 'miu/l': 'm[IU]/L', 'miu/ml': 'm[IU]/mL', 'uiu/ml': 'u[IU]/mL', 'kiu/ml': 'k[IU]/mL' },
  ...{ mmhg: 'mm[Hg]', '°c': 'Cel', 摄氏度: 'Cel', 度: 'Cel' },
  ...{ '次/分': '/min', '次/分钟': '/min', '次/min': '/min', bpm: '/min', 'beats/min': '/min' },
  ...{ '/hp': '/[HPF]', '/hpf': '/[HPF]', '/lp': '/[LPF]', '/lpf': '/[LPF]' },
  ...{ '个/ul': '/uL', 'cells/ul': '/uL', 'copies/ml': '{copies}/mL', 'mm/hr': 'mm/h' },
  ...{ 'ml/min/1.73m2': 'mL/min/{1.73_m2}', 'ml/min/1.73m^2': 'mL/min/{1.73_m2}' },
  ...{ 'kg/m^2': 'kg/m2', 公斤: 'kg', 千克: 'kg', 厘米: 'cm', 毫升: 'mL' },
  ...{ sec: 's', 秒: 's', 岁: 'a', 天: 'd' },
}

/** `10^9/L`, `×10⁹/L`, `10E9/L`, `10**9/L`: a power of ten per volume. */
const power = /^[x×*]?10(?:\^|e|\*{1,2})?(3|6|9|12)\/(l|ml|ul)$/
const volumes: Readonly<Record<string, string>> = { l: 'L', ml: 'mL', ul: 'uL' }

const unitLettersMax = 40

/**
 * The UCUM code of a unit as it is printed; undefined where the spelling is not known, or is UCUM
 * already.
 * @see https://ucum.org/ucum
 */
export const ucumSuggestion = (unit: string): string | undefined => {
  if (unit.length > unitLettersMax) return undefined
  const plain = unit.normalize('NFKC').replace(/\s+/g, '').replace(/μ/g, 'u').toLowerCase()
  const [, exponent, volume] = power.exec(plain) ?? []
  const code =
    exponent === undefined
      ? Object.hasOwn(printed, plain)
        ? printed[plain]
        : undefined
      : `10*${exponent}/${volumes[volume!]}`
  return code === unit ? undefined : code
}

/** A quantity whose UCUM code is a spelling of its own, or that prints a unit and has no code. */
export const judgeQuantity = (quantity: JsonObject, path: string, doubt: Doubt): void => {
  const { system, code, unit } = quantity
  if (typeof code === 'string' && system === ucumSystem) {
    const expected = ucumSuggestion(code)
    // UCUM has both letters for the litre.
    if (expected !== undefined && expected !== code.replace(/l/g, 'L'))
      doubt('code-invalid', 'unit-spelling', `${path}.code`, { found: code, expected })
  } else if (typeof unit === 'string' && code === undefined) {
    const expected = ucumSuggestion(unit)
    if (expected !== undefined)
      doubt('value', 'unit-without-code', `${path}.unit`, { found: unit, expected })
  }
}
