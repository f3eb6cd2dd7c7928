-- compatible: no (earlier servers do not know the parameters)   lock: resource and client, for a moment
-- transaction: yes   time: instant (new tables, columns with constant defaults)
-- Search parameters that operators add while the exchange runs, and the jobs that index what was stored
-- before them.

-- The index generation a resource's search values were made by: 0 before this migration.
alter table resource add column indexed integer not null default 0;

alter table client add column operator boolean not null default false; -- acts for the exchange itself

-- Raised by every change of what writes have to index. A write says by which generation it was indexed,
-- in the statement that stores it; one that was overtaken is refused, and made again.
create table index_generation (
  only_row   boolean primary key default true check (only_row),
  generation integer not null
);
insert into index_generation (generation) values (1);

-- The active SearchParameter resources of operators.
create table search_parameter (
  resource    bigint primary key,                         -- key of the SearchParameter
  id          text collate "C" not null,
  url         text not null unique,
  code        text not null,
  kind        text not null,                              -- SearchParameter.type
  base        text[] not null,
  targets     text[] not null,
  expression  text not null,
  description text not null,
  slot        smallint not null check (slot between 0 and 62), -- its bit in resource.present
  generation  integer not null,                           -- from which on writes index it
  ready       boolean not null default false              -- everything stored before is indexed by it, too
);

-- Work through the resources of `types` that were indexed by an earlier generation. A process works on it
-- while it holds the lock of the row, one batch at a time; the place it has got to is the row itself.
create table reindex_job (
  number       bigint generated always as identity primary key,
  types        smallint[]  not null,
  generation   integer     not null,
  whole        boolean     not null,                      -- everything anew, versions too, not what is missing alone
  state        text        not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  requested    timestamptz not null,
  requested_by text        not null,                      -- client, or the command
  started      timestamptz,
  ended        timestamptz,
  fence        text[],                                    -- transactions that may still write by an earlier generation
  at_type      smallint,                                  -- of the last resource looked at
  at_updated   timestamptz,
  at_key       bigint,
  at_version   integer,                                   -- set: among superseded versions
  seen         bigint      not null default 0,
  written      bigint      not null default 0,
  refused      text[]      not null default '{}',         -- Type/id of the first that could not be indexed
  expected     bigint      not null                       -- an estimate of how many will be seen
);
create unique index reindex_job_open on reindex_job (generation, types, whole) where state in ('waiting', 'running');

create trigger search_parameter_changed after insert or update or delete or truncate on search_parameter
  for each statement execute function raise_registry_generation();
create trigger index_generation_changed after insert or update or delete or truncate on index_generation
  for each statement execute function raise_registry_generation();
