import t from 'tap'
import { Store } from './fixture.ts'

t.test('a Chinese name is found however it is typed', async t => {
  const store = await Store.open(t)
  const patient = (id: string, family: string, given: string, more: object = {}) =>
    store.put({ resourceType: 'Patient', id, name: [{ family, given: [given], ...more }] })
  await patient('liu', '刘', '洋')
  await patient('trad', '劉', '德華')
  await patient('shan', '单', '雄信')
  await patient('ou', '欧阳', '修')
  await patient('lv', '吕', '布')
  await patient('rare', '𠮷', '田')
  await store.put({ resourceType: 'Patient', id: 'text', name: [{ text: '曾国藩' }] })
  await patient('latin', 'Liu', 'Yan')
  const cases: readonly (readonly [string, string])[] = [
    ['name=刘洋', 'liu'],
    ['name=刘', 'liu trad'],
    ['name=劉洋', 'liu'],
    ['name=刘德华', 'trad'],
    ['name=liuyang', 'liu'],
    ['name=liu yang', 'liu'],
    ['name=LiuYang', 'liu'],
    ['name=ｌｉｕｙａｎｇ', 'liu'],
    ['name=Liú Yáng', 'liu'],
    ['name=ly', 'liu'],
    ['name=ldh', 'trad'],
    ['name=liu', 'latin liu trad'],
    ['family=liu', 'latin liu trad'],
    ['given=yang', 'liu'],
    ['name=shanxiongxin', 'shan'],
    ['name=ouyangxiu', 'ou'],
    ['name=oyx', 'ou'],
    ['name=lvbu', 'lv'],
    ['name=lübu', 'lv'],
    ['name=lu bu', 'lv'],
    ['name=zengguofan', 'text'],
    ['name=𠮷', 'rare'],
    ['phonetic=liuyang', 'liu'],
    ['family:exact=刘', 'liu'],
    ['family:exact=liu', ''],
  ]
  for (const [search, expected] of cases)
    t.equal((await store.ids(`Patient?${search}`)).sort().join(' '), expected, search)
})
