-- compatible: yes   lock: none   transaction: yes   time: instant (new functions)
-- A consent that opens some kinds of records only: what is shown under it must not tell of the others.

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
  having bool_or(c.kind = 'D') or not bool_or(c.kind = 'P' and c.types is null);
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
