import t from 'tap'
import { messages } from '../../src/fhir/messages.ts'
import { searchMessages } from '../../src/fhir/messages-search.ts'
import { searchTextMessages } from '../../src/fhir/messages-search-text.ts'

t.test('every message exists in both languages and is one of the catalogue', async t => {
  for (const [name, message] of Object.entries({ ...searchMessages, ...searchTextMessages })) {
    t.ok(name in messages)
    const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort()
    t.same(placeholders(message.en), placeholders(message['zh-CN']), name)
  }
})
