-- compatible: yes   lock: organization, client, for a moment   transaction: yes   time: instant
-- How strictly what a hospital or one of its clients writes is taken, and what was sent where part of it
-- was left out of what is stored. A client without a mode has its hospital's.

alter table organization
  add column validation text not null default 'strict' check (validation in ('strict', 'lenient', 'report-only'));

alter table client
  add column validation text check (validation in ('strict', 'lenient', 'report-only'));

create table received_original (
  key bigint not null,
  version integer not null,
  owner integer not null references organization,
  received timestamptz not null default now(),
  content bytea not null,
  primary key (key, version)
);
