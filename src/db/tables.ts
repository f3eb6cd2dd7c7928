/** Column types of the tables that kysely is used on: the registry's. A test compares them with the catalog. */
export interface Tables {}
