-- compatible: yes   lock: none   transaction: yes   time: instant (new tables)
-- The feed desk: what a hospital's clients sent and was refused, encrypted and for a bounded time, and how
-- much of what they sent was accepted.

create table feed_entry (
  organization   integer     not null,                    -- of the client; nobody else ever sees the row
  id             text        collate "C" not null,        -- a time-ordered UUID: newest last
  client         text        not null,
  received       timestamptz not null,
  day            date        not null,                    -- of received, in the zone of the exchange
  request_id     text        not null,
  method         text        not null,
  resource_type  text        not null,                    -- Bundle where the whole of one was refused
  is_batch_entry boolean     not null,
  status         smallint    not null,
  codes          text[]      not null,                    -- of the error catalogue
  bytes          integer     not null,                    -- of what is sealed
  sealed         bytea       not null,                    -- AES-256-GCM, see store/feed-seal.ts
  replayed       timestamptz,
  replay_status  smallint,
  primary key (organization, id)
);
alter table feed_entry alter column sealed set storage external;
create index feed_entry_received on feed_entry (received);

create table feed_count (
  organization  integer     not null,
  day           date        not null,
  client        text        not null,
  resource_type text        not null,
  accepted      bigint      not null,
  warned        bigint      not null,
  refused       bigint      not null,
  last_seen     timestamptz not null,
  primary key (organization, day, client, resource_type)
);
