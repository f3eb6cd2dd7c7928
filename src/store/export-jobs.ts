import type { Queryable } from '../db/database.ts'

export interface ExportJob {
  readonly id: string
  /** `organization.number` of who asked. */
  readonly organization: number
  readonly sealed: string
  readonly expires: string
}

/** Notes a job, and forgets those that have expired. False when the organization has `jobsMax` already. */
export const addExportJob = async (
  queryable: Queryable,
  job: ExportJob,
  jobsMax: number,
): Promise<boolean> => {
  const rows = await queryable.query({
    name: 'export-add',
    text: `with expired as (delete from export_job where expires <= now())
      insert into export_job (id, organization, sealed, expires)
      select $1::uuid, $2, $3, $4::timestamptz
      where (select count(*) from export_job where organization = $2 and expires > now()) < $5
      returning id`,
    values: [job.id, job.organization, job.sealed, job.expires, jobsMax],
  })
  return rows.length === 1
}

/** Undefined for one of another organization, one that was removed, and one that has expired. */
export const readExportJob = async (
  queryable: Queryable,
  id: string,
  organization: number,
): Promise<ExportJob | undefined> => {
  const [row] = await queryable.query<ExportJob>({
    name: 'export-read',
    text: `select id::text, organization, sealed,
        to_char(expires at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as expires
      from export_job where id = $1::uuid and organization = $2 and expires > now()`,
    values: [id, organization],
  })
  return row
}

export const removeExportJob = async (queryable: Queryable, id: string): Promise<void> => {
  await queryable.query({
    name: 'export-remove',
    text: 'delete from export_job where id = $1::uuid',
    values: [id],
  })
}
