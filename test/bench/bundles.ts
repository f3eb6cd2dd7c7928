import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { dataFolder } from '../data.ts'
import { generatedBundles } from './generated-patients.ts'

export interface BundleEntry {
  readonly fullUrl: string
  readonly resource: { readonly resourceType: string; readonly [name: string]: unknown }
  readonly request: { readonly method: string; readonly url: string }
}

/** One patient's history. */
export interface TransactionBundle {
  readonly resourceType: 'Bundle'
  readonly type: 'transaction'
  readonly entry: readonly BundleEntry[]
}

/** The patients to load, and where they are from. */
export interface PatientBundles {
  readonly source: string
  readonly bundles: readonly TransactionBundle[]
}

const synthea = '01-synthea/smart-2019-dev40'

/** At most `max` patients: third-party ones where they are on this machine, else generated ones. */
export const readBundles = (max: number): PatientBundles => {
  const folder = join(dataFolder, synthea)
  if (!existsSync(folder)) return { source: 'generated', bundles: generatedBundles(max) }
  const files = readdirSync(folder)
    .filter(name => name.endsWith('.json.gz'))
    .sort()
    .slice(0, max)
  return {
    source: synthea,
    bundles: files.map(
      name =>
        JSON.parse(gunzipSync(readFileSync(join(folder, name))).toString()) as TransactionBundle,
    ),
  }
}
