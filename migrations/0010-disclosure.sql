-- compatible: yes   lock: none   transaction: yes   time: instant (new functions)
-- The access rules, as functions that every statement calls. Executor set-up is what they would cost as
-- part of a statement's text, even where only the caller's own rows are met; a function costs nothing
-- until it is called. They are STABLE: they see what the statement that calls them sees.
--
-- All of them take who asks: the number of the caller's organization, the keys of the caller's own
-- actors, and the purpose of use with its ancestors. Tables are found by the connection's search_path,
-- as in every other statement; fixing it per function would add 20 us to a call. Their cost, some 50 us,
-- keeps the planner from reading more rows than it must.

-- The provisions about these patients that apply to this caller and purpose now.
--
-- What a tenant says about its people counts against them (a denial of that actor) always, in their
-- favour only where the actor is the tenant's own.
create function live_provision(
  caller integer, caller_actors bigint[], caller_purposes text[], asked_patients bigint[]
) returns table (patient bigint, owner integer, kind "char", types smallint[])
language sql stable parallel safe
begin atomic
  with actor as materialized (
    select array_agg(a.key) as denied, array_agg(a.key) filter (where a.own) as permitted
    from (
      select k.key, true as own from unnest(caller_actors) k(key)
      union all
      select m.actor, exists (select from resource o where o.key = m.actor and o.owner = m.owner)
      from actor_membership m
      where m.member = any(caller_actors) and m.owner = caller
        and now() >= m.valid_from and now() < m.valid_to
    ) a
  )
  select c.patient, c.owner, c.kind, c.types
  from consent_rule c
  where c.patient = any(asked_patients)
    and now() >= c.valid_from and now() < c.valid_to
    and (c.purposes is null or c.purposes && caller_purposes)
    and (c.actors is null or case c.kind
      when 'P' then c.actors && (select permitted from actor)
      else c.actors && (select denied from actor) end);
end;

-- Patient, owner and type of what consultations and consents open to the caller now, among these types
-- and patients; null asks for all patients the caller is consulted about.
create function disclosed(
  caller integer, caller_actors bigint[], caller_purposes text[],
  asked_types smallint[], asked_patients bigint[]
) returns table (patient bigint, owner integer, type smallint)
language plpgsql stable parallel safe cost 2000 as $$
#variable_conflict use_column
begin
  if asked_patients is null then
    asked_patients := array(
      select distinct g.patient from consultation_gate g
      where g.recipient = caller and now() >= g.valid_from and now() < g.valid_to);
  end if;
  return query
  select c.patient, c.owner, t.type
  from live_provision(caller, caller_actors, caller_purposes, asked_patients) c
  join unnest(asked_types) t(type) on c.types is null or t.type = any(c.types)
  where exists (
    select from consultation_gate g
    where g.recipient = caller and g.patient = c.patient and g.owner = c.owner
      and now() >= g.valid_from and now() < g.valid_to)
  group by c.patient, c.owner, t.type
  having bool_or(c.kind = 'P') and not bool_or(c.kind = 'D');
end
$$;

-- Whether a row names a patient, and each that it names is disclosed.
create function is_disclosed(
  caller integer, caller_actors bigint[], caller_purposes text[],
  row_patient bigint, row_other_patients bigint[], row_owner integer, row_type smallint
) returns boolean language plpgsql stable parallel safe cost 2000 as $$
declare
  named bigint[] := array_remove(array_append(row_other_patients, row_patient), null);
begin
  return cardinality(named) > 0 and not exists (
    select from unnest(named) n(patient)
    where n.patient not in (
      select d.patient
      from disclosed(caller, caller_actors, caller_purposes, array[row_type], named) d
      where d.owner = row_owner));
end
$$;

-- Whether a patient that a row names denies it to the caller.
create function is_denied(
  caller integer, caller_actors bigint[], caller_purposes text[],
  row_patient bigint, row_other_patients bigint[], row_owner integer, row_type smallint
) returns boolean language plpgsql stable parallel safe cost 2000 as $$
begin
  return exists (
    select from live_provision(
      caller, caller_actors, caller_purposes, array_append(row_other_patients, row_patient)) c
    where c.owner = row_owner and c.kind = 'D' and (c.types is null or row_type = any(c.types)));
end
$$;
