import fc from 'fast-check'

const of = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

const part = of([
  ...[
    'bone',
    'marrow',
    'liver',
    'biopsy',
    'anna',
    '血',
    '血压',
    '高血压',
    '压病',
    '头痛',
    '3',
    'y',
  ],
  ...[
    '"bone marrow"',
    '"marrow bone"',
    'liver-biopsy',
    '"天 bone"',
    '無头',
    '"高 血压"',
    '痛3天',
    'a',
  ],
])

/** What `_text` and `_content` are asked. */
export const expression: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: part },
  fc.tuple(part, part).map(([one, other]) => `${one} ${other}`),
  fc.tuple(part, part).map(([one, other]) => `${one} or ${other}`),
  fc.tuple(part, part).map(([one, other]) => `${one} -${other}`),
  fc.tuple(part, part, part).map(([one, two, three]) => `(${one} OR ${two}) and not ${three}`),
  part.map(one => `-${one}`),
)

/** What `:text` is asked. */
export const beginning = of(['bone', 'BONE m', '高', '血压', 'anna', 'liver-', 'marrow', 'x'])
