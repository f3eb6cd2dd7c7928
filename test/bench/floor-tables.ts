import { createHash } from 'node:crypto'
import type pg from 'pg'

/** Rows per statement while filling. */
const rowsMax = 500

/** The key under which the floor keeps what Huizhen answers at `path`. */
export const floorKey = (path: string): string =>
  createHash('sha256').update(path).digest().readBigInt64BE().toString()

/** Makes the tables of the floor, empty. `created` has the same kind of primary key as `resource`. */
export const makeFloorTables = async (client: pg.Client): Promise<void> => {
  await client.query(`
    drop schema if exists floor cascade;
    create schema floor;
    create table floor.record (key bigint primary key, content text not null);
    create table floor.page (key bigint, ordinal integer, content text not null, primary key (key, ordinal));
    create table floor.created (key bigint primary key, content bytea not null)`)
}

/** Keeps one text per path. */
export const fillRecords = async (
  client: pg.Client,
  records: ReadonlyMap<string, string>,
): Promise<void> => {
  const rows = [...records]
  for (let from = 0; from < rows.length; from += rowsMax) {
    const part = rows.slice(from, from + rowsMax)
    await client.query(
      `insert into floor.record select * from unnest($1::bigint[], $2::text[]) on conflict do nothing`,
      [part.map(([path]) => floorKey(path)), part.map(([, content]) => content)],
    )
  }
}

/** Keeps the pieces of one page. */
export const fillPage = async (
  client: pg.Client,
  path: string,
  pieces: readonly string[],
): Promise<void> => {
  await client.query(
    `insert into floor.page select $1, ordinality, piece
      from unnest($2::text[]) with ordinality as p(piece, ordinality) on conflict do nothing`,
    [floorKey(path), pieces],
  )
}
