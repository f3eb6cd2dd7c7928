/** Links between the pages of a search. @see https://hl7.org/fhir/R4/http.html#paging */
import t from 'tap'
import { aServer, tinglin, zhujing, type Answer } from '../server.ts'

const { ask } = await aServer(t)
const search = (path: string) => ask('GET', `/fhir${path}`, { as: tinglin })
const addresses = ({ json }: Answer): string[] =>
  json.entry.map((entry: { fullUrl: string }) => entry.fullUrl.split('/').slice(-2).join('/'))
const linkOf = ({ json }: Answer, relation: string): string | undefined =>
  json.link.find((link: { relation: string }) => link.relation === relation)?.url

t.test('pages can be gone back, to the first one, and forth again', async t => {
  const path = '/Observation?patient=tinglin-liuyang&_sort=_id&_count=7'
  const pages = [await search(path)]
  while (pages.length < 4) {
    const next = linkOf(pages.at(-1)!, 'next')
    t.ok(next, 'there are four pages')
    pages.push(await ask('GET', next!, { as: tinglin }))
  }
  t.equal(linkOf(pages[0]!, 'prev'), undefined)
  let page = pages[3]!
  for (const at of [2, 1, 0]) {
    page = await ask('GET', linkOf(page, 'prev')!, { as: tinglin })
    t.equal(page.status, 200)
    t.same(addresses(page), addresses(pages[at]!), `page ${at}`)
    t.equal(page.json.total, pages[0]!.json.total)
  }
  t.equal(linkOf(page, 'prev'), undefined, 'nothing is before the first')
  const again = await ask('GET', linkOf(page, 'next')!, { as: tinglin })
  t.same(addresses(again), addresses(pages[1]!))
  const foreign = await ask('GET', linkOf(pages[1]!, 'prev')!, { as: zhujing })
  t.equal(foreign.status, 400, "a link is its asker's own")
  const form = linkOf(await search(`${path}&_pretty=true`), 'next')!
  t.match(linkOf(await ask('GET', form, { as: tinglin }), 'prev'), /_pretty=true/)
})

t.test('a link back reaches twenty pages, and its address stays short', async t => {
  let page = await search('/Observation?_count=1&_sort=-date,_id')
  for (let at = 0; at < 25; at++) page = await ask('GET', linkOf(page, 'next')!, { as: tinglin })
  t.ok(linkOf(page, 'next')!.length < 6000)
  let back = 0
  for (; linkOf(page, 'prev') !== undefined; back++)
    page = await ask('GET', linkOf(page, 'prev')!, { as: tinglin })
  t.equal(back, 20)
})
