import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { exportJob } from '../export/job.ts'
import type { OperationName } from './definitions.ts'
import { disclosures } from './disclosures.ts'
import { breakGlass } from './break-glass.ts'
import { enforcementStatus } from './enforcement-status.ts'
import { expandValueSet } from './expand.ts'
import { everything } from './everything.ts'
import { explainAccess } from './explain-access.ts'
import { importStatus } from './import-status.ts'
import { importResources } from './import.ts'
import { lastObservations } from './last-observations.ts'
import { meta } from './meta.ts'
import { metaAdd, metaDelete } from './meta-change.ts'
import { reindex } from './reindex.ts'
import { reindexStatus } from './reindex-status.ts'
import { lookupCode, subsumesCode } from './lookup.ts'
import { statistics } from './statistics.ts'
import { validation } from './validation.ts'
import { transition } from './transition.ts'
import { translateCode } from './translate.ts'
import { validateCode } from './validate-code.ts'

type Run = (request: OperationRequest, exchange: Exchange) => Promise<Result>

const runs: Readonly<Record<OperationName, Run>> = {
  'break-glass': breakGlass,
  'enforcement-status': enforcementStatus,
  'explain-access': explainAccess,
  everything,
  disclosures,
  lastn: lastObservations,
  stats: statistics,
  meta,
  'meta-add': metaAdd,
  'meta-delete': metaDelete,
  import: importResources,
  'import-status': importStatus,
  export: exportJob,
  reindex,
  'reindex-status': reindexStatus,
  transition,
  validate: validation,
  expand: expandValueSet,
  'validate-code': validateCode,
  lookup: lookupCode,
  subsumes: subsumesCode,
  translate: translateCode,
}

/** Runs the operation a request names. @see https://hl7.org/fhir/R4/operations.html */
export const performOperation = (request: OperationRequest, exchange: Exchange): Promise<Result> =>
  runs[request.name](request, exchange)
