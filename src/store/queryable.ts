/** Where statements run, for those above `store` who pass it on without running any themselves. */
export type { Database, Queryable } from '../db/database.ts'
