-- compatible: yes   lock: none   transaction: yes   time: instant (new table)
-- Exports that were asked for. What was asked stands sealed, and opens for the client that asked alone.

create table export_job (
  id           uuid        primary key,
  organization integer     not null,
  sealed       text        not null,
  expires      timestamptz not null
);
create index export_job_expires on export_job (expires);
