/** The catalogue of errors: every code in both languages, none that nobody sends. */
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { messages } from '../../src/fhir/messages.ts'

const catalogue = Object.entries(messages)
const placeholders = (text: string) =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!))].sort()

t.test('every message is whole in both languages, with the same placeholders', async t => {
  t.ok(catalogue.length > 250)
  for (const [code, message] of catalogue) {
    t.match(code, /^[a-z0-9]+(-[a-z0-9]+)*$/, 'a code in kebab-case')
    t.same(placeholders(message.en), placeholders(message['zh-CN']), code)
    t.match(message.en, /^[^\p{Script=Han}]*[.:}]$/u, `${code} ends as a sentence does`)
    t.match(message['zh-CN'], /\p{Script=Han}[^]*[。:}]$/u, `${code} is Chinese, and ends so`)
  }
})

const source = new URL('../../../src/', import.meta.url)
const code = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts') && !name.startsWith('fhir/messages'))
  .map(name => readFileSync(new URL(name, source), 'utf8'))
  .join('\n')

t.test('no message is there that nobody sends', async t => {
  for (const [name] of catalogue) t.ok(code.includes(`'${name}'`), name)
})
