-- compatible: yes   lock: none   transaction: yes   time: instant (new function)
-- Whether what a person sees by breaking the glass must not tell of the rest: a deny of the patient's
-- binds in emergencies, too (see glass_disclosure), or the glass is not broken and a provision limits the
-- records anyway. Asks of a row its patient and owner alone, as is_limited does.

create function is_glass_limited(
  caller integer, caller_actors bigint[], caller_purposes text[], glass_patient bigint,
  row_patient bigint, row_other_patients bigint[], row_owner integer
) returns boolean language plpgsql stable parallel safe cost 2000 as $$
begin
  if row_patient is distinct from glass_patient or row_other_patients is not null or not exists (
    select from break_glass b join owner_policy p on p.owner = b.owner
    where b.person = any(caller_actors) and b.organization = caller and b.patient = glass_patient
      and b.owner = row_owner and now() >= b.valid_from and now() < b.valid_to and not b.disputed
      and p.default_policy = 'break-glass-only')
  then
    return is_limited(caller, caller_actors, caller_purposes, row_patient, row_other_patients, row_owner);
  end if;
  return exists (
    with recursive live as materialized (
      select (c.node).consent as consent, (c.node).ordinal as ordinal, (c.node).parent as parent, c.kind,
        coalesce((c.node).purposes && '{BTG,ETREAT}', false) as names
      from live_provision(caller, caller_actors, caller_purposes, array[glass_patient]) c
      where c.owner = row_owner
    ), binding as (
      select l.consent, l.ordinal, l.kind from live l where l.names
      union
      select l.consent, l.ordinal, l.kind from binding b join live l on l.consent = b.consent and l.parent = b.ordinal
    )
    select from binding where kind = 'D');
end
$$;
