-- compatible: yes   lock: none   transaction: yes   time: instant (new tables)
-- Where a hospital is told of what concerns it, and what it is still to be told: written in the
-- transaction that it is about, sent by a job.

create table webhook (
  owner  integer primary key references organization (number),
  url    text    not null,
  secret bytea   not null                                  -- key of the HMAC its notices are signed with
);

create table webhook_notice (
  id           text        primary key,
  owner        integer     not null,
  body         text        not null,                       -- JSON; ids alone
  created      timestamptz not null default now(),
  attempts     smallint    not null default 0,
  next_attempt timestamptz not null default now(),
  outcome      text,                                       -- of the last attempt: a status or a code
  ended        timestamptz                                 -- delivered, or given up
);
create index webhook_notice_open on webhook_notice (next_attempt) where ended is null;
