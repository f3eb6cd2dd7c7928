-- compatible: yes   lock: none   transaction: yes   time: instant (functions, an index of a few rows)
-- The functions that decide, as before but faster. A function in SQL that is not inlined is planned anew
-- in every statement that calls it; PL/pgSQL keeps its plans for the connection. Whom a caller acts for is
-- asked only where a provision does not name the caller itself.

create index owner_policy_ungated on owner_policy (owner) where gate = 'off';

create or replace function acting_as(caller integer, caller_actors bigint[]) returns bigint[]
language plpgsql stable parallel safe cost 2000 as $$
begin
  return (
    with recursive actor(key) as (
      select k.key from unnest(caller_actors) k(key)
      union
      select m.actor from actor a join actor_membership m on m.member = a.key
      where m.owner = caller and now() >= m.valid_from and now() < m.valid_to
        and exists (select from resource o where o.key = m.actor and o.owner = m.owner)
    )
    select array_agg(a.key) from actor a);
end
$$;

-- The actors in whose name a caller may act, which widens denials.
create function possible_actors(caller integer, caller_actors bigint[]) returns bigint[]
language plpgsql stable parallel safe cost 2000 as $$
begin
  return (
    with recursive acting(key) as (
      select k.key from unnest(caller_actors) k(key)
      union
      select m.actor from acting a join actor_membership m on m.member = a.key
      where m.owner = caller and now() >= m.valid_from and now() < m.valid_to
    )
    select array_agg(a.key) from acting a);
end
$$;

-- Those of them that are the caller itself or of its tenant's own directory: permits count for these.
create function permitted_actors(caller integer, caller_actors bigint[]) returns bigint[]
language plpgsql stable parallel safe cost 2000 as $$
begin
  return caller_actors || array(
    select k.key from unnest(possible_actors(caller, caller_actors)) k(key)
    join resource o on o.key = k.key and o.owner = caller);
end
$$;

create function honors_opt_in(asked_owner integer) returns boolean
language plpgsql stable parallel safe cost 2000 as $$
begin
  return exists (select from owner_policy p where p.owner = asked_owner and p.honor_opt_in);
end
$$;

create or replace function is_consulted(
  caller integer, caller_actors bigint[], asked_patient bigint, asked_owner integer
) returns boolean language plpgsql stable parallel safe cost 2000 as $$
begin
  return exists (
    select from consultation_gate g left join owner_policy p on p.owner = g.owner
    where g.recipient = caller and g.patient = asked_patient and g.owner = asked_owner
      and now() >= g.valid_from and now() < g.valid_to + make_interval(days => coalesce(p.grace_days, 0))
      and (coalesce(p.gate_precision, 'practitioner') = 'organization'
        or coalesce(g.performers && acting_as(caller, caller_actors), false)))
    or exists (select from owner_policy p where p.owner = asked_owner and p.gate = 'off');
end
$$;

create or replace function live_provision(
  caller integer, caller_actors bigint[], caller_purposes text[], asked_patients bigint[]
) returns table (
  patient bigint, owner integer, kind "char", types smallint[], plain boolean, certain boolean, node consent_rule
)
language sql stable parallel safe
begin atomic
  select c.patient, c.owner, c.kind, c.types,
    c.parent is null and num_nonnulls(c.classes, c.codes, c.labels, c.confidentiality, c.date_low,
      c.instances, c.related, c.referring, c.data_authors, c.authors) = 0,
    c.counts
      and (c.actors is null or c.actors && caller_actors
        or c.actors && (select permitted_actors(caller, caller_actors)))
      and (not c.opt_in or honors_opt_in(c.owner)),
    c
  from consent_rule c
  where c.patient = any(asked_patients)
    and now() >= c.valid_from and now() < c.valid_to
    and (c.purposes is null or c.purposes && caller_purposes)
    and (c.actors is null or c.actors && caller_actors
      or c.actors && (select possible_actors(caller, caller_actors)));
end;

-- What `disclosed` says about one patient, each row as owner << 16 | type.
create function disclosed_of(
  caller integer, caller_actors bigint[], caller_purposes text[],
  asked_types smallint[], asked_patient bigint
) returns bigint[]
language plpgsql stable parallel safe cost 2000 as $$
declare
  consulted integer[] := array(
    select g.owner from consultation_gate g left join owner_policy p on p.owner = g.owner
    where g.recipient = caller and g.patient = asked_patient
      and now() >= g.valid_from and now() < g.valid_to + make_interval(days => coalesce(p.grace_days, 0))
      and (coalesce(p.gate_precision, 'practitioner') = 'organization'
        or coalesce(g.performers && acting_as(caller, caller_actors), false))
    union all
    select p.owner from owner_policy p where p.gate = 'off');
begin
  return array(
    select c.owner::bigint << 16 | t.type
    from live_provision(caller, caller_actors, caller_purposes, array[asked_patient]) c
    join unnest(asked_types || '{32766,32767}'::smallint[]) t(type)
      on t.type = 32766 or c.owner = any(consulted)
        and (not c.plain or t.type < 32766 and (c.types is null or t.type = any(c.types)))
    group by c.owner, t.type
    having case t.type when 32767 then true
      when 32766 then bool_or(c.kind = 'D')
        or not bool_or(c.kind = 'P' and c.certain and c.plain and c.types is null)
      else bool_and(c.plain) and bool_or(c.kind = 'P' and c.certain) and not bool_or(c.kind = 'D') end);
end
$$;

-- As before; whole trees are gathered only where one is not plain.
create or replace function patient_decision(
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
    bool_or(c.kind = 'D') or not bool_or(c.kind = 'P' and c.certain and c.plain and c.types is null)
  into is_plain, permits, denies, is_limited
  from live_provision(caller, caller_actors, caller_purposes, array[asked_patient]) c
  where c.owner = row_owner;
  if is_plain is null then
    return 0;
  end if;
  if not is_plain then
    select array_agg(c.node order by (c.node).consent, (c.node).ordinal),
      array_agg(c.certain order by (c.node).consent, (c.node).ordinal)
    into nodes, certain
    from live_provision(caller, caller_actors, caller_purposes, array[asked_patient]) c
    where c.owner = row_owner;
    decision := consent_decision(nodes, certain, row_key, row_type, row_facts, row_confidentiality,
      row_screened, row_low, row_high);
  else
    decision := case when denies then -1 when permits and row_confidentiality < 5 then 1 else 0 end;
  end if;
  return case when decision = 1 and not is_limited then 2 else decision end;
end
$$;

create or replace function is_limited(
  caller integer, caller_actors bigint[], caller_purposes text[],
  row_patient bigint, row_other_patients bigint[], row_owner integer
) returns boolean language plpgsql stable parallel safe cost 2000 as $$
declare
  named bigint;
  keeps_back boolean;
begin
  foreach named in array array_remove(array_append(row_other_patients, row_patient), null) loop
    select bool_or(c.kind = 'D') or not bool_or(c.kind = 'P' and c.certain and c.plain and c.types is null)
    into keeps_back
    from live_provision(caller, caller_actors, caller_purposes, array[named]) c
    where c.owner = row_owner;
    if keeps_back then
      return true;
    end if;
  end loop;
  return false;
end
$$;
