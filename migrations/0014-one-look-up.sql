-- compatible: yes   lock: none   transaction: yes   time: instant (functions)
-- What may be seen and what is kept back come from one look-up of the provisions, not from two.

-- As before, and with type 32766 where a patient's provisions open a part of what an owner keeps to the
-- caller (see `limited`), whether or not a consultation is open.
create or replace function disclosed(
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

-- As before, but 2 where the consents permit the record and keep nothing of its owner's back.
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

create or replace function is_disclosed(
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
