-- compatible: no (servers of an earlier version cannot read the rules)   lock: resource, resource_version and
-- consent_rule, for a moment   transaction: yes   time: instant (columns with constant defaults, functions)
-- Consents as whole trees of provisions, and what they ask of a record. What was stored before counts
-- as not screened, so a constraint by code or label falls to the restrictive side until it is written
-- again.

alter table resource
  add column facts bigint[] not null default '{}',          -- codings, labels, profiles, references, authors: search/facts.ts
  add column confidentiality smallint not null default 3,   -- U 0, L 1, M 2, N 3, R 4, V 5
  add column screened boolean not null default false;       -- its codes and labels say all there is to say
alter table resource_version
  add column facts bigint[] not null default '{}',
  add column confidentiality smallint not null default 3,
  add column screened boolean not null default false,
  add column date_low timestamptz not null default '-infinity',
  add column date_high timestamptz not null default '-infinity';

-- A node of a consent's tree. Nodes are numbered so that a parent comes before its children. The first
-- columns are about the request, those added here about the record; null means any.
alter table consent_rule
  add column parent smallint,                               -- ordinal of the node it is an exception to
  add column counts boolean not null default true,          -- false: a permit that opens nothing: unverified, or by opting in alone
  add column classes bigint[],                              -- profiles and document types, beside types
  add column codes bigint[],
  add column labels bigint[],
  add column confidentiality smallint,                      -- permit: up to it; deny: from it on
  add column date_low timestamptz,
  add column date_high timestamptz,
  add column instances bigint[],                            -- keys of the records themselves
  add column related bigint[],                              -- keys of records whose references are meant
  add column referring bigint[],                            -- keys of records that others refer to
  add column data_authors bigint[],
  add column authors bigint[];                              -- actors in the role of author

-- What trees of provisions say about one record: 1 some consent certainly permits it and none possibly
-- denies it, 0 none permits it, -1 some possibly denies it. `nodes` are those that apply to the caller
-- and the moment, parents first; `certain` says of each whether it certainly does. A node of three
-- values: `sure` true, `maybe` true or unknown.
create function consent_decision(
  nodes consent_rule[], certain boolean[], row_key bigint, row_type smallint, row_facts bigint[],
  row_confidentiality smallint, row_screened boolean, row_low timestamptz, row_high timestamptz
) returns smallint language plpgsql stable strict parallel safe cost 2000 as $$
declare
  n consent_rule;
  size integer := cardinality(nodes);
  permits_below boolean[] := array_fill(false, array[size]);
  denies_below boolean[] := array_fill(false, array[size]);
  any_permit boolean := false;
  any_deny boolean := false;
  unauthored constant bigint := -1;
  sure boolean;
  maybe boolean;
  met boolean;
  permits boolean;
  denies boolean;
  above integer;
begin
  for at in reverse size .. 1 loop
    n := nodes[at];
    sure := certain[at];
    maybe := (n.types is null and n.classes is null)
      or coalesce(row_type = any(n.types), false) or coalesce(row_facts && n.classes, false);
    sure := sure and maybe;
    if maybe and n.codes is not null then
      met := row_facts && n.codes;
      sure := sure and met;
      maybe := met or not row_screened;
    end if;
    if maybe and (n.labels is not null or n.confidentiality is not null) then
      met := coalesce(row_facts && n.labels, false);
      if n.kind = 'D' then
        met := met or coalesce(row_confidentiality >= n.confidentiality, false);
        sure := sure and met;
        maybe := met or not row_screened;
      else
        sure := sure and (met or row_screened and coalesce(row_confidentiality <= n.confidentiality, false));
        maybe := met or coalesce(row_confidentiality <= n.confidentiality, false) or not row_screened;
      end if;
    elsif n.kind = 'P' and row_confidentiality = 5 then
      sure := false;                                        -- a permit without label never covers V
    end if;
    if maybe and n.date_low is not null then
      sure := sure and row_high > '-infinity' and row_low >= n.date_low and row_high <= n.date_high;
      maybe := row_high = '-infinity' or row_low < n.date_high and row_high > n.date_low;
    end if;
    if maybe and n.authors is not null then
      sure := sure and row_facts && n.authors;
      maybe := row_facts && n.authors or unauthored = any(row_facts) or row_facts = '{}';
    end if;
    if maybe and (n.instances is not null or n.referring is not null or n.related is not null
      or n.data_authors is not null) then
      met := coalesce(row_key = any(n.instances), false) or coalesce(row_facts && n.referring, false)
        or coalesce(row_facts && n.data_authors, false)
        or n.related is not null and exists (
          select from resource t where t.key = any(n.related) and row_key = any(t.facts));
      sure := sure and met;
      maybe := met or n.data_authors is not null and (unauthored = any(row_facts) or row_facts = '{}');
    end if;
    if n.kind = 'P' then
      permits := sure and n.counts;
      denies := maybe and denies_below[at];
    else
      permits := sure and permits_below[at];
      denies := maybe and (denies_below[at] or not permits_below[at]);
    end if;
    if n.parent is null then
      any_permit := any_permit or permits;
      any_deny := any_deny or denies;
    elsif permits or denies then
      above := at - 1;
      while above > 0 and ((nodes[above]).consent <> n.consent or (nodes[above]).ordinal <> n.parent) loop
        above := above - 1;
      end loop;
      if above > 0 then
        permits_below[above] := permits_below[above] or permits;
        denies_below[above] := denies_below[above] or denies;
      end if;
    end if;
  end loop;
  return case when any_deny then -1 when any_permit then 1 else 0 end;
end
$$;

-- The functions of 0010 and 0011 again, for trees.
drop function is_limited(integer, bigint[], text[], bigint, bigint[], integer);
drop function limited(integer, bigint[], text[], bigint[]);
drop function is_denied(integer, bigint[], text[], bigint, bigint[], integer, smallint);
drop function is_disclosed(integer, bigint[], text[], bigint, bigint[], integer, smallint);
drop function disclosed(integer, bigint[], text[], smallint[], bigint[]);
drop function live_provision(integer, bigint[], text[], bigint[]);

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
-- have to be asked for each record, by is_disclosed.
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
  join unnest(asked_types || 32767::smallint) t(type)
    on not c.plain or t.type < 32767 and (c.types is null or t.type = any(c.types))
  where exists (
    select from consultation_gate g
    where g.recipient = caller and g.patient = c.patient and g.owner = c.owner
      and now() >= g.valid_from and now() < g.valid_to)
  group by c.patient, c.owner, t.type
  having case when t.type = 32767 then true
    else bool_and(c.plain) and bool_or(c.kind = 'P' and c.certain) and not bool_or(c.kind = 'D') end;
end
$$;

-- What the trees of one patient say about a record of an owner, as consent_decision does.
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
begin
  select bool_and(c.plain),
    bool_or(c.kind = 'P' and c.certain and (c.types is null or row_type = any(c.types))),
    bool_or(c.kind = 'D' and (c.types is null or row_type = any(c.types))),
    array_agg(c.node order by (c.node).consent, (c.node).ordinal),
    array_agg(c.certain order by (c.node).consent, (c.node).ordinal)
  into is_plain, permits, denies, nodes, certain
  from live_provision(caller, caller_actors, caller_purposes, array[asked_patient]) c
  where c.owner = row_owner;
  if nodes is null then
    return 0;
  end if;
  if is_plain then
    return case when denies then -1 when permits and row_confidentiality < 5 then 1 else 0 end;
  end if;
  return consent_decision(nodes, certain, row_key, row_type, row_facts,
    row_confidentiality, row_screened, row_low, row_high);
end
$$;

-- Whether a row names a patient, and each that it names is disclosed.
create function is_disclosed(
  caller integer, caller_actors bigint[], caller_purposes text[],
  row_patient bigint, row_other_patients bigint[], row_owner integer, row_type smallint,
  row_key bigint, row_facts bigint[], row_confidentiality smallint, row_screened boolean,
  row_low timestamptz, row_high timestamptz
) returns boolean language plpgsql stable parallel safe cost 2000 as $$
declare
  named bigint[] := array_remove(array_append(row_other_patients, row_patient), null);
begin
  return cardinality(named) > 0 and not exists (
    select from unnest(named) n(patient)
    where not exists (
        select from consultation_gate g
        where g.recipient = caller and g.patient = n.patient and g.owner = row_owner
          and now() >= g.valid_from and now() < g.valid_to)
      or patient_decision(caller, caller_actors, caller_purposes, n.patient, row_owner, row_type,
        row_key, row_facts, row_confidentiality, row_screened, row_low, row_high) <> 1);
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

-- Of these patients, those whose provisions open a part of what an owner keeps of them to the caller.
create function limited(
  caller integer, caller_actors bigint[], caller_purposes text[], asked_patients bigint[]
) returns table (patient bigint, owner integer)
language plpgsql stable parallel safe cost 2000 as $$
#variable_conflict use_column
begin
  if cardinality(asked_patients) = 0 then
    return;
  end if;
  return query
  select c.patient, c.owner
  from live_provision(caller, caller_actors, caller_purposes, asked_patients) c
  group by c.patient, c.owner
  having bool_or(c.kind = 'D')
    or not bool_or(c.kind = 'P' and c.certain and c.plain and c.types is null);
end
$$;

-- Whether one of the patients a row names limits what its owner may show of it.
create function is_limited(
  caller integer, caller_actors bigint[], caller_purposes text[],
  row_patient bigint, row_other_patients bigint[], row_owner integer
) returns boolean language plpgsql stable parallel safe cost 2000 as $$
begin
  return exists (
    select from limited(
      caller, caller_actors, caller_purposes,
      array_remove(array_append(row_other_patients, row_patient), null)) l
    where l.owner = row_owner);
end
$$;
