-- compatible: yes   lock: none   transaction: yes   time: instant (new table)
-- Answers to requests with an Idempotency-Key, kept so that a repeated request gets the first answer
-- again. Written in the transaction that does what the request asks for; rows end with their time.

create table idempotency_key (
  organization integer     not null,
  client       text        not null,
  key          text collate "C" not null,
  request_hash bytea       not null,                      -- SHA-256 of method, address, criteria and body
  answered     timestamptz not null,
  answer       bytea       not null,                      -- compressed, see interactions/idempotency.ts
  primary key (organization, client, key)
);
alter table idempotency_key alter column answer set storage external;
create index idempotency_key_answered on idempotency_key (answered);
