-- compatible: yes   lock: none   transaction: yes   time: instant (new tables)
-- `$import`: files of resources that a hospital's system has stored as Binary, taken in while requests go
-- on. A process works on a job while it holds the lock of its row, one group of lines at a time; what it
-- stores and the place it has got to are one transaction.
create table import_job (
  number    bigint generated always as identity primary key,
  owner     integer     not null,                         -- organization.number of the tenant it is done for
  client    text        not null,
  language  text        not null,                         -- of the refusals
  state     text        not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  requested timestamptz not null,
  ended     timestamptz,
  at_input  integer     not null default 0,
  at_line   integer     not null default 0,               -- lines of that input that are done
  created   bigint      not null default 0,
  updated   bigint      not null default 0,               -- put to an id that was there already, or unchanged
  refused   bigint      not null default 0,
  fault     text                                          -- message code of what ended it
);
create index import_job_open on import_job (number) where state in ('waiting', 'running');

create table import_input (
  job     bigint  not null,
  ordinal integer not null,
  id      text    not null,                               -- of the Binary, and the version meant
  version integer not null,
  type    text,                                           -- what its lines have to be
  primary key (job, ordinal)
);

-- Lines that were refused, up to a limit, with the OperationOutcome each would have got by itself.
create table import_refusal (
  job     bigint  not null,
  input   integer not null,
  line    integer not null,
  outcome text    not null,
  primary key (job, input, line)
);
