import type * as db from '../db/database.ts'

/** Where the statements of one request run: the pool, or the open transaction of a bundle. */
export type Queryable = db.Queryable

/** The database of this process, for those who open a transaction around several calls of `store`. */
export type Database = db.Database
