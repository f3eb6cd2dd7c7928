-- compatible: no (servers of an earlier version write gates and consents without the new columns)
-- lock: consultation_gate and consent_rule, for a moment   transaction: yes   time: instant
-- What each hospital has decided about how its records are opened to others, and breaking the glass:
-- what one person opens of one patient in an emergency. A hospital without a row has the strictest
-- policy. The functions read these rows themselves, so a change holds for the next statement.

create table owner_policy (
  owner             integer primary key,                    -- organization.number
  default_policy    text    not null default 'deny' check (default_policy in ('deny', 'break-glass-only')),
  gate              text    not null default 'required' check (gate in ('required', 'off')),
  gate_precision    text    not null default 'organization' check (gate_precision in ('organization', 'practitioner')),
  honor_opt_in      boolean not null default false,         -- opting in alone, naming no recipient, permits
  grace_days        integer not null default 0 check (grace_days between 0 and 90),
  directed_exchange boolean not null default true           -- addressees see requests, askers see answers
);
insert into owner_policy (owner) select number from organization;

-- Whom a request for a consultation names: people and teams where there are any, else organizations.
-- Null, in gates of before: nobody knows, so where people have to be named the gate is shut.
alter table consultation_gate add column performers bigint[];

-- A permit from opting in alone. Those of before count as permitting nothing until they are written again.
alter table consent_rule add column opt_in boolean not null default false;
-- Owners without a gate: all their patients with a permit.
create index consent_rule_owner on consent_rule (owner, patient) where kind = 'P';

-- One row for each hospital whose records of a patient one person has opened, in an emergency.
create table break_glass (
  id           text collate "C" not null,                   -- as the person was told
  owner        integer     not null,                        -- whose records
  organization integer     not null,                        -- tenant of the person
  person       bigint      not null,                        -- key of the Practitioner
  patient      bigint      not null,
  valid_from   timestamptz not null,
  valid_to     timestamptz not null,
  task         bigint      not null,                        -- key of the Task by which its owner reviews it
  disputed     boolean     not null default false,          -- by that review: it opens nothing any more
  primary key (id, owner)
);
create index break_glass_person on break_glass (person, valid_to);
create index break_glass_task on break_glass (task);

-- In whose name a caller acts for certain: in the actors' own, in roles and teams, in the organizations
-- these belong to, and so on upwards, as long as its tenant's own directory says so about its own.
create function acting_as(caller integer, caller_actors bigint[]) returns bigint[]
language sql stable parallel safe
begin atomic
  with recursive actor(key) as (
    select k.key from unnest(caller_actors) k(key)
    union
    select m.actor from actor a join actor_membership m on m.member = a.key
    where m.owner = caller and now() >= m.valid_from and now() < m.valid_to
      and exists (select from resource o where o.key = m.actor and o.owner = m.owner)
  )
  select array_agg(a.key) from actor a;
end;

-- Whether an owner asks for no consultation, or one about the patient is open for the caller.
create function is_consulted(
  caller integer, caller_actors bigint[], asked_patient bigint, asked_owner integer
) returns boolean language sql stable parallel safe
begin atomic
  select exists (
    select from consultation_gate g left join owner_policy p on p.owner = g.owner
    where g.recipient = caller and g.patient = asked_patient and g.owner = asked_owner
      and now() >= g.valid_from and now() < g.valid_to + make_interval(days => coalesce(p.grace_days, 0))
      and (coalesce(p.gate_precision, 'practitioner') = 'organization'
        or coalesce(g.performers && acting_as(caller, caller_actors), false)))
    or exists (select from owner_policy p where p.owner = asked_owner and p.gate = 'off');
end;

-- As before, and: memberships lead further (a role to a department, that to its hospital); opting in
-- permits where the owner honors it.
drop function live_provision;
create function live_provision(
  caller integer, caller_actors bigint[], caller_purposes text[], asked_patients bigint[]
) returns table (
  patient bigint, owner integer, kind "char", types smallint[], plain boolean, certain boolean, node consent_rule
)
language sql stable parallel safe
begin atomic
  with recursive acting(key, own) as (
    select k.key, true from unnest(caller_actors) k(key)
    union
    select m.actor, exists (select from resource o where o.key = m.actor and o.owner = m.owner)
    from acting a join actor_membership m on m.member = a.key
    where m.owner = caller and now() >= m.valid_from and now() < m.valid_to
  ), actor as materialized (
    select array_agg(a.key) as denied, array_agg(a.key) filter (where a.own) as permitted from acting a
  )
  select c.patient, c.owner, c.kind, c.types,
    c.parent is null and num_nonnulls(c.classes, c.codes, c.labels, c.confidentiality, c.date_low,
      c.instances, c.related, c.referring, c.data_authors, c.authors) = 0,
    c.counts and (c.actors is null or coalesce(c.actors && (select permitted from actor), false))
      and (not c.opt_in or exists (select from owner_policy p where p.owner = c.owner and p.honor_opt_in)),
    c
  from consent_rule c
  where c.patient = any(asked_patients)
    and now() >= c.valid_from and now() < c.valid_to
    and (c.purposes is null or c.purposes && caller_purposes)
    and (c.actors is null or c.actors && (select denied from actor));
end;

-- As before, with the policies of the owners: null asks for the patients the caller is consulted about,
-- and for those with a permit of an owner who asks for no consultation.
create or replace function disclosed(
  caller integer, caller_actors bigint[], caller_purposes text[],
  asked_types smallint[], asked_patients bigint[]
) returns table (patient bigint, owner integer, type smallint)
language plpgsql stable parallel safe cost 2000 as $$
#variable_conflict use_column
declare
  ungated integer[] := array(select p.owner from owner_policy p where p.gate = 'off' and p.owner <> caller);
begin
  if asked_patients is null then
    asked_patients := array(
      select g.patient from consultation_gate g
      where g.recipient = caller and now() >= g.valid_from and now() < g.valid_to + interval '90 days'
      union
      select c.patient from consent_rule c where c.kind = 'P' and c.owner = any(ungated));
  end if;
  return query
  select c.patient, c.owner, t.type
  from live_provision(caller, caller_actors, caller_purposes, asked_patients) c
  join unnest(asked_types || '{32766,32767}'::smallint[]) t(type)
    on t.type = 32766 or not c.plain or t.type < 32766 and (c.types is null or t.type = any(c.types))
  where t.type = 32766 or c.owner = any(ungated)
    or exists (
      select from consultation_gate g left join owner_policy p on p.owner = g.owner
      where g.recipient = caller and g.patient = c.patient and g.owner = c.owner
        and now() >= g.valid_from and now() < g.valid_to + make_interval(days => coalesce(p.grace_days, 0))
        and (coalesce(p.gate_precision, 'practitioner') = 'organization'
          or coalesce(g.performers && acting_as(caller, caller_actors), false)))
  group by c.patient, c.owner, t.type
  having case t.type when 32767 then true
    when 32766 then bool_or(c.kind = 'D')
      or not bool_or(c.kind = 'P' and c.certain and c.plain and c.types is null)
    else bool_and(c.plain) and bool_or(c.kind = 'P' and c.certain) and not bool_or(c.kind = 'D') end;
end
$$;

create or replace function disclosure(
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
    if not is_consulted(caller, caller_actors, named, row_owner) then
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

-- Whether a row addressed to the caller is kept from it all the same: by a patient it names, or because
-- its owner does not exchange what is addressed.
create or replace function is_denied(
  caller integer, caller_actors bigint[], caller_purposes text[],
  row_patient bigint, row_other_patients bigint[], row_owner integer, row_type smallint,
  row_key bigint, row_facts bigint[], row_confidentiality smallint, row_screened boolean,
  row_low timestamptz, row_high timestamptz
) returns boolean language plpgsql stable parallel safe cost 2000 as $$
begin
  return not exists (select from owner_policy p where p.owner = row_owner and p.directed_exchange)
    or exists (
      select from unnest(array_remove(array_append(row_other_patients, row_patient), null)) n(patient)
      where patient_decision(caller, caller_actors, caller_purposes, n.patient, row_owner, row_type,
        row_key, row_facts, row_confidentiality, row_screened, row_low, row_high) < 0);
end
$$;

-- How a record is disclosed to a person who has broken the glass of one patient: 0 not at all, 1 while a
-- provision keeps something else back, 2 while none does. Consultation and permits are not asked of that
-- patient, and a deny counts only where it, or a provision above it, names BTG or ETREAT among its
-- purposes. What is labelled V stays hidden, and so does what names another patient besides.
create function glass_disclosure(
  caller integer, caller_actors bigint[], caller_purposes text[], glass_patient bigint,
  row_patient bigint, row_other_patients bigint[], row_owner integer, row_type smallint,
  row_key bigint, row_facts bigint[], row_confidentiality smallint, row_screened boolean,
  row_low timestamptz, row_high timestamptz
) returns smallint language plpgsql stable parallel safe cost 2000 as $$
declare
  nodes consent_rule[];
  certain boolean[];
  binding boolean[] := '{}';
  n consent_rule;
  above integer;
  lowest smallint := 2;
begin
  if row_patient is distinct from glass_patient or row_other_patients is not null
    or row_confidentiality >= 5 or not exists (
    select from break_glass b join owner_policy p on p.owner = b.owner
    where b.person = any(caller_actors) and b.organization = caller and b.patient = glass_patient
      and b.owner = row_owner and now() >= b.valid_from and now() < b.valid_to and not b.disputed
      and p.default_policy = 'break-glass-only')
  then
    return 0;
  end if;
  select array_agg(c.node order by (c.node).consent, (c.node).ordinal),
    array_agg(c.certain order by (c.node).consent, (c.node).ordinal)
  into nodes, certain
  from live_provision(caller, caller_actors, caller_purposes, array[glass_patient]) c
  where c.owner = row_owner;
  if nodes is not null then
    for at in 1 .. cardinality(nodes) loop
      n := nodes[at];
      above := at - 1;
      while above > 0 and ((nodes[above]).consent <> n.consent or (nodes[above]).ordinal <> n.parent) loop
        above := above - 1;
      end loop;
      binding[at] := coalesce(n.purposes && '{BTG,ETREAT}', false)
        or n.parent is not null and above > 0 and binding[above];
      if n.kind = 'D' and binding[at] then
        lowest := 1;
      elsif n.kind = 'D' then
        -- Says nothing itself; its exceptions may.
        n.kind := 'P';
        n.counts := false;
        nodes[at] := n;
      end if;
    end loop;
    if consent_decision(nodes, certain, row_key, row_type, row_facts, row_confidentiality, row_screened,
      row_low, row_high) < 0
    then
      return 0;
    end if;
  end if;
  return lowest;
end
$$;
