-- compatible: yes   lock: none   transaction: yes   time: instant (new functions)
-- The access rules, as functions that every statement calls. Executor set-up is what they would cost as
-- part of a statement's text, even where only the caller's own rows are met; a function costs nothing
-- until it is called. They are STABLE: they see what the statement that calls them sees.
--
-- All of them take who asks: the number of the caller's organization, the keys of the caller's own
-- actors, and the purpose of use with its ancestors. Tables are found by the connection's search_path,
-- as in every other statement; fixing it per function would add 20 us to a call. Their cost, some 50 us,
-- keeps the planner from reading more rows than it must.

-- The nodes about these patients that may apply to this caller and purpose now. `plain`: a root that asks
-- nothing of a record but its type. `certain`: it does apply. What a tenant says about its people makes a
-- node possible always, certain only where the actor is the tenant's own.
create function live_provision(
  caller integer, caller_actors bigint[], caller_purposes text[], asked_patients bigint[]
) returns table (
  patient bigint, owner integer, kind "char", types smallint[], plain boolean, certain boolean, node consent_rule
)
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
  select c.patient, c.owner, c.kind, c.types,
    c.parent is null and num_nonnulls(c.classes, c.codes, c.labels, c.confidentiality, c.date_low,
      c.instances, c.related, c.referring, c.data_authors, c.authors) = 0,
    c.counts and (c.actors is null or coalesce(c.actors && (select permitted from actor), false)),
    c
  from consent_rule c
  where c.patient = any(asked_patients)
    and now() >= c.valid_from and now() < c.valid_to
    and (c.purposes is null or c.purposes && caller_purposes)
    and (c.actors is null or c.actors && (select denied from actor));
end;

-- Patient, owner and type of what consultations and consents open to the caller now, among these types
-- and patients; null asks for all patients the caller is consulted about. Type 32767 stands where trees
-- have to be asked for each record, by is_disclosed; type 32766 where a patient's provisions open a part
-- of what an owner keeps to the caller (see is_limited), whether or not a consultation is open.
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
  join unnest(asked_types || '{32766,32767}'::smallint[]) t(type)
    on t.type = 32766 or not c.plain or t.type < 32766 and (c.types is null or t.type = any(c.types))
  where t.type = 32766 or exists (
    select from consultation_gate g
    where g.recipient = caller and g.patient = c.patient and g.owner = c.owner
      and now() >= g.valid_from and now() < g.valid_to)
  group by c.patient, c.owner, t.type
  having case t.type when 32767 then true
    when 32766 then bool_or(c.kind = 'D')
      or not bool_or(c.kind = 'P' and c.certain and c.plain and c.types is null)
    else bool_and(c.plain) and bool_or(c.kind = 'P' and c.certain) and not bool_or(c.kind = 'D') end;
end
$$;

-- What the trees of one patient say about a record of an owner, as consent_decision does, but 2 where
-- they permit it and keep nothing of its owner's back.
create function patient_decision(
  caller integer, caller_actors bigint[], caller_purposes text[], asked_patient bigint,
  row_owner integer, row_type smallint, row_key bigint, row_facts bigint[],
  row_confidentiality smallint, row_screened boolean, row_low timestamptz, row_high timestamptz
) returns smallint language plpgsql stable parallel safe cost 2000 as $$
declare
  nodes consent_rule[];
  certain boolean[];
  is_plain boolean;
  permits boolean;
  denies boolean;
  is_limited boolean;
  decision smallint;
begin
  select bool_and(c.plain),
    bool_or(c.kind = 'P' and c.certain and (c.types is null or row_type = any(c.types))),
    bool_or(c.kind = 'D' and (c.types is null or row_type = any(c.types))),
    bool_or(c.kind = 'D') or not bool_or(c.kind = 'P' and c.certain and c.plain and c.types is null),
    array_agg(c.node order by (c.node).consent, (c.node).ordinal),
    array_agg(c.certain order by (c.node).consent, (c.node).ordinal)
  into is_plain, permits, denies, is_limited, nodes, certain
  from live_provision(caller, caller_actors, caller_purposes, array[asked_patient]) c
  where c.owner = row_owner;
  if nodes is null then
    return 0;
  end if;
  decision := case
    when not is_plain then consent_decision(nodes, certain, row_key, row_type, row_facts,
      row_confidentiality, row_screened, row_low, row_high)
    when denies then -1
    when permits and row_confidentiality < 5 then 1
    else 0 end;
  return case when decision = 1 and not is_limited then 2 else decision end;
end
$$;

-- How a record is disclosed to the caller: 0 not at all, 1 by consents that keep something else back,
-- 2 by consents that keep nothing back. It names a patient, and each that it names decides.
create function disclosure(
  caller integer, caller_actors bigint[], caller_purposes text[],
  row_patient bigint, row_other_patients bigint[], row_owner integer, row_type smallint,
  row_key bigint, row_facts bigint[], row_confidentiality smallint, row_screened boolean,
  row_low timestamptz, row_high timestamptz
) returns smallint language plpgsql stable parallel safe cost 2000 as $$
declare
  named bigint;
  lowest smallint;
  decision smallint;
begin
  foreach named in array array_remove(array_append(row_other_patients, row_patient), null) loop
    if not exists (
      select from consultation_gate g
      where g.recipient = caller and g.patient = named and g.owner = row_owner
        and now() >= g.valid_from and now() < g.valid_to)
    then
      return 0;
    end if;
    decision := patient_decision(caller, caller_actors, caller_purposes, named, row_owner, row_type,
      row_key, row_facts, row_confidentiality, row_screened, row_low, row_high);
    if decision < 1 then
      return 0;
    end if;
    lowest := least(lowest, decision);
  end loop;
  return coalesce(lowest, 0);
end
$$;

-- Whether a row names a patient, and each that it names is disclosed.
create function is_disclosed(
  caller integer, caller_actors bigint[], caller_purposes text[],
  row_patient bigint, row_other_patients bigint[], row_owner integer, row_type smallint,
  row_key bigint, row_facts bigint[], row_confidentiality smallint, row_screened boolean,
  row_low timestamptz, row_high timestamptz
) returns boolean language plpgsql stable parallel safe cost 2000 as $$
begin
  return disclosure(caller, caller_actors, caller_purposes, row_patient, row_other_patients, row_owner,
    row_type, row_key, row_facts, row_confidentiality, row_screened, row_low, row_high) > 0;
end
$$;

-- Whether a patient that a row names denies it to the caller.
create function is_denied(
  caller integer, caller_actors bigint[], caller_purposes text[],
  row_patient bigint, row_other_patients bigint[], row_owner integer, row_type smallint,
  row_key bigint, row_facts bigint[], row_confidentiality smallint, row_screened boolean,
  row_low timestamptz, row_high timestamptz
) returns boolean language plpgsql stable parallel safe cost 2000 as $$
begin
  return exists (
    select from unnest(array_remove(array_append(row_other_patients, row_patient), null)) n(patient)
    where patient_decision(caller, caller_actors, caller_purposes, n.patient, row_owner, row_type,
      row_key, row_facts, row_confidentiality, row_screened, row_low, row_high) < 0);
end
$$;

-- Whether one of the patients a row names opens only a part of what its owner keeps to the caller: what
-- is shown then must not tell of the rest.
create function is_limited(
  caller integer, caller_actors bigint[], caller_purposes text[],
  row_patient bigint, row_other_patients bigint[], row_owner integer
) returns boolean language plpgsql stable parallel safe cost 2000 as $$
declare
  named bigint[] := array_remove(array_append(row_other_patients, row_patient), null);
begin
  return cardinality(named) > 0 and exists (
    select from live_provision(caller, caller_actors, caller_purposes, named) c
    where c.owner = row_owner
    group by c.patient
    having bool_or(c.kind = 'D')
      or not bool_or(c.kind = 'P' and c.certain and c.plain and c.types is null));
end
$$;
