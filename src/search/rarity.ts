import type { Criterion, Test } from './tree.ts'
import { isLongList } from './types/token.ts'

/** Codes that most resources of a type share one of a few of. */
const common: ReadonlySet<string> = new Set([
  ...['status', 'category', 'class', 'gender', 'active', 'intent', 'priority', 'type', 'deceased'],
  ...['_tag', '_security', '_profile', '_source', 'clinical-status', 'verification-status'],
  ...['language', 'experimental', 'jurisdiction', 'kind', 'use', 'outcome'],
])
const identifying: ReadonlySet<string> = new Set(['identifier', 'phone', 'email', 'telecom', 'url'])

/** The rows a criterion leaves, in steps from one row (0) to nearly all (9). */
export const rarityOf = (criterion: Criterion): number => {
  switch (criterion.kind) {
    case 'all':
      return criterion.criteria.reduce((least, part) => Math.min(least, rarityOf(part)), 9)
    case 'any':
      return criterion.criteria.reduce((most, part) => Math.max(most, rarityOf(part)), 0)
    case 'not':
      return 9
    case 'chain':
    case 'has':
      return 4
    case 'match':
      return testRarity(criterion.code, criterion.test)
  }
}

const testRarity = (code: string, test: Test): number => {
  switch (test.kind) {
    case 'key':
      return 0
    case 'reference':
      return isOnePatient(test) ? 1 : 3
    case 'hierarchy':
    case 'near':
      return 4
    case 'text':
      return 5
    case 'token':
      if (test.isNegated) return 9
      if (isLongList(test.tokens)) return 5
      return identifying.has(code) ? 2 : common.has(code) ? 8 : 6
    case 'string':
      return test.mode === 'starts' || test.mode === 'equals' ? 5 : 8
    case 'date':
      if (test.of !== 'date') return 9
      return test.values.every(({ prefix }) => prefix === 'eq') ? 5 : 8
    case 'quantity':
      return test.values.every(({ prefix, by }) => prefix === 'eq' && by === 'canonical') ? 5 : 8
    case 'missing':
    case 'type':
      return 9
  }
}

/** Whether the column `patient` alone answers, for one patient. */
export const isOnePatient = (test: Test): boolean =>
  test.kind === 'reference' &&
  test.patients.length === 1 &&
  test.open.length === 0 &&
  test.guarded.length === 0
