-- compatible: no (servers of an earlier version cannot write the trail)   lock: audit_event, while it is copied
-- transaction: yes   time: with the number of audit events
-- The audit trail in months, append-only, and sealed: batches of rows are hashed in order, each seal
-- with the one before it, so that what is changed afterwards shows (decision 0020).

alter table audit_event rename to audit_event_copied;
alter index audit_event_pkey rename to audit_event_copied_pkey;
alter index audit_event_patients rename to audit_event_copied_patients;
alter index audit_event_recorded rename to audit_event_copied_recorded;

create sequence audit_event_number as bigint;

-- One row per request and organization whose records it was about: `owner`. A request that shows records
-- of two hospitals leaves a row for each, and neither reads the other's.
create table audit_event (
  number         bigint      not null default nextval('audit_event_number'),
  recorded       timestamptz not null,
  request_id     text        not null,
  owner          integer,                                 -- null: of no organization, such as a token refused
  organization   integer,                                 -- of who asked
  client         text,
  subject        text,
  practitioner   text,                                    -- id of the Practitioner, for people
  token_id       text,
  purpose        text,
  interaction    text        not null,
  resource_type  text,
  outcome        smallint    not null,                    -- HTTP status
  detail         text,                                    -- a code: why refused, what a consent decides
  cross_hospital boolean     not null,
  target         bigint,                                  -- key of the resource that was asked for and refused
  entities       text[]      not null,                    -- Type/id of what was disclosed or written
  patients       bigint[]    not null,                    -- keys of the patients concerned
  parameters     text[],                                  -- names of search parameters, never values
  address        text,                                    -- network address the request came from
  occurrences    integer     not null default 1,          -- refusals without a caller are counted together
  primary key (number, recorded)
) partition by range (recorded);
create index audit_event_patients on audit_event using gin (patients);
create index audit_event_owner on audit_event (owner, recorded, number);
create index audit_event_abroad on audit_event (organization, recorded, number) where owner <> organization;

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_event_kept before update or delete on audit_event
  for each row execute function refuse_audit_change();

-- Makes the partition for the month (UTC) of a time, when it is missing.
create function ensure_audit_month(moment timestamptz) returns void language plpgsql as $$
declare
  first timestamp := date_trunc('month', moment at time zone 'UTC');
  name text := 'audit_event_' || to_char(first, 'YYYY_MM');
begin
  if to_regclass(name) is not null then
    return;
  end if;
  perform pg_advisory_xact_lock(5208153477122463);
  if to_regclass(name) is not null then
    return;
  end if;
  -- Attaching waits for no writer, unlike `create table ... partition of`.
  execute format('create table %I (like audit_event including defaults)', name);
  execute format('alter table audit_event attach partition %I for values from (%L) to (%L)', name,
    first at time zone 'UTC', (first + interval '1 month') at time zone 'UTC');
  execute format('create trigger audit_event_whole before truncate on %I
    for each statement execute function refuse_audit_change()', name);
end
$$;

-- What a row says, as bytes that no setting changes.
create function audit_digest(e audit_event) returns bytea language sql stable parallel safe
begin atomic
  select sha256(convert_to(jsonb_build_array(
    (e).number, to_char((e).recorded at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), (e).request_id,
    (e).owner, (e).organization, (e).client, (e).subject, (e).practitioner, (e).token_id, (e).purpose,
    (e).interaction, (e).resource_type, (e).outcome, (e).detail, (e).cross_hospital, (e).target,
    to_jsonb((e).entities), to_jsonb((e).patients), to_jsonb((e).parameters), (e).address, (e).occurrences
  )::text, 'UTF8'));
end;

-- A batch of rows: all those whose number is above the previous seal's `last` and up to its own.
-- `marks` are the first bytes of each row's digest; they only help to say which row was changed.
create table audit_seal (
  seal          bigint primary key,
  sealed        timestamptz not null,
  last          bigint      not null,
  rows          integer     not null,
  numbers       bigint[]    not null,
  marks         bytea       not null,
  pruned_before timestamptz,                              -- months that ended before it were removed
  pruned_last   bigint,                                   -- the highest number removed
  rows_digest   bytea       not null,                     -- of the digests of the rows, in order
  digest        bytea       not null                      -- of the seal before, and of this one
);
create trigger audit_seal_kept before update or delete on audit_seal
  for each row execute function refuse_audit_change();
create trigger audit_seal_whole before truncate on audit_seal
  for each statement execute function refuse_audit_change();

create function audit_seal_digest(
  previous bytea, seal bigint, sealed timestamptz, last bigint, rows_digest bytea,
  pruned_before timestamptz, pruned_last bigint
) returns bytea language sql stable parallel safe
begin atomic
  select sha256(previous || rows_digest || convert_to(jsonb_build_array(
    seal, to_char(sealed at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), last,
    to_char(pruned_before at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), pruned_last)::text, 'UTF8'));
end;

-- The highest number that no running insert can come below. The lock waits until the inserts under way
-- have ended, and holds up new ones for as long; it is given back when the statement ends.
create function audit_watermark() returns bigint language plpgsql as $$
begin
  perform set_config('lock_timeout', '100ms', true);
  lock table only audit_event in share mode;
  return (select case when is_called then last_value else 0 end from audit_event_number);
end
$$;

-- Seals the next rows up to a number, `rows_max` at most, and gives how many those were: 0 when there
-- are none, null when another process is sealing.
create function seal_audit_events(watermark bigint, rows_max integer) returns integer language plpgsql as $$
declare
  previous audit_seal;
  fresh audit_seal;
begin
  if not pg_try_advisory_xact_lock(5208153477122464) then
    return null;
  end if;
  select * into previous from audit_seal order by seal desc limit 1;
  select count(*), max(n.number), coalesce(array_agg(n.number order by n.number), '{}'),
    string_agg(substr(n.digest, 1, 8), '' order by n.number),
    sha256(string_agg(n.digest, '' order by n.number))
  into fresh.rows, fresh.last, fresh.numbers, fresh.marks, fresh.rows_digest
  from (
    select e.number, audit_digest(e) as digest from audit_event e
    where e.number > coalesce(previous.last, 0) and e.number <= watermark
    order by e.number limit rows_max
  ) n;
  if fresh.rows = 0 then
    return 0;
  end if;
  fresh.seal := coalesce(previous.seal, 0) + 1;
  fresh.sealed := clock_timestamp();
  if rows_max is null or fresh.rows < rows_max then
    fresh.last := watermark;
  end if;
  fresh.digest := audit_seal_digest(coalesce(previous.digest, ''), fresh.seal, fresh.sealed, fresh.last,
    fresh.rows_digest, null, null);
  insert into audit_seal select fresh.*;
  return fresh.rows;
end
$$;

-- Removes the months that ended before a time, and says so in a seal. Gives the names of what it removed.
-- The law wants 180 days kept, whatever is asked for.
create function prune_audit_events(bound timestamptz) returns text[] language plpgsql as $$
declare
  previous audit_seal;
  fresh audit_seal;
  removed text[];
  highest bigint;
  name text;
begin
  if bound > now() - interval '180 days' then
    raise exception 'the audit trail of the last 180 days is kept' using errcode = 'insufficient_privilege';
  end if;
  perform pg_advisory_xact_lock(5208153477122464);
  select array_agg(c.relname order by c.relname) into removed
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'audit_event'::regclass
    and (to_date(substr(c.relname, 13), 'YYYY_MM') + interval '1 month') at time zone 'UTC' <= bound;
  if removed is null then
    return '{}';
  end if;
  select * into previous from audit_seal order by seal desc limit 1;
  foreach name in array removed loop
    execute format('select greatest(%L::bigint, max(number)) from %I', fresh.pruned_last, name) into highest;
    if highest > coalesce(previous.last, 0) then
      raise exception '% is not sealed yet', name;
    end if;
    fresh.pruned_last := highest;
    execute format('drop table %I', name);
  end loop;
  fresh.seal := coalesce(previous.seal, 0) + 1;
  fresh.sealed := clock_timestamp();
  fresh.last := coalesce(previous.last, 0);
  fresh.rows := 0;
  fresh.numbers := '{}';
  fresh.marks := '';
  fresh.rows_digest := '';
  fresh.pruned_before := bound;
  fresh.pruned_last := coalesce(fresh.pruned_last, 0);
  fresh.digest := audit_seal_digest(coalesce(previous.digest, ''), fresh.seal, fresh.sealed, fresh.last,
    fresh.rows_digest, fresh.pruned_before, fresh.pruned_last);
  insert into audit_seal select fresh.*;
  return removed;
end
$$;

select ensure_audit_month(m.moment)
from (
  select distinct date_trunc('month', recorded at time zone 'UTC') at time zone 'UTC' from audit_event_copied
  union select now() union select now() + interval '1 month'
) m(moment);

-- Of what was recorded before, it is not known whose the records were: it is its organization's own.
insert into audit_event (number, recorded, request_id, owner, organization, client, subject, token_id, purpose,
  interaction, resource_type, outcome, cross_hospital, entities, patients)
select number, recorded, request_id, coalesce((
    select r.owner from resource r where cross_hospital and r.key = c.patients[1]), organization),
  organization, client, subject, token_id, purpose,
  interaction, resource_type, outcome, cross_hospital, entities, patients
from audit_event_copied c;
select setval('audit_event_number', max(number)) from audit_event having max(number) is not null;
drop table audit_event_copied;
select seal_audit_events((select max(number) from audit_event), null);
