/** What the log keeps of a fault of ours. */
import t from 'tap'
import { pino } from 'pino'
import { faultOf } from '../../src/http/fault.ts'

t.test(
  'a fault is logged by class, code and place, never by a message that quotes a value',
  async t => {
    const lines: string[] = []
    const log = pino({ serializers: { err: faultOf } }, { write: line => lines.push(line) })
    const quoting = Object.assign(
      new TypeError('invalid input syntax: "张三 310199196805170013"'),
      {
        code: '22P02',
        detail: 'Key (value)=(张三)',
        stack: 'TypeError: invalid input syntax:\n"张三"\n    at read (store/read.ts:1:1)',
      },
    )
    log.error({ err: quoting }, 'request failed')
    const parse = (): unknown => JSON.parse('{"name": 张三}')
    try {
      parse()
    } catch (err) {
      log.error({ err }, 'request failed')
    }
    t.equal(lines.length, 2)
    t.notMatch(lines.join(''), /张三|3101/)
    t.match(JSON.parse(lines[0]!).err, {
      type: 'TypeError',
      code: '22P02',
      at: ['at read (store/read.ts:1:1)'],
    })
    t.match(JSON.parse(lines[1]!).err, { type: 'SyntaxError' })
  },
)
