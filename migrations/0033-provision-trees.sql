-- compatible: yes   lock: none   transaction: yes   time: instant (new function)
-- Why: where a patient's provisions have to be asked for each record, every record looked them up again.
-- A statement about one patient gathers them once.

-- The trees of provisions of one patient that may apply to the caller now, by owner, as consent_decision
-- takes them; of owners whose provisions ask nothing but the type there are none.
create function provision_trees(
  caller integer, caller_actors bigint[], caller_purposes text[], asked_patient bigint
) returns table (owner integer, nodes consent_rule[], certain boolean[])
language plpgsql stable parallel safe cost 2000 rows 2 as $$
#variable_conflict use_column
begin
  return query
  select c.owner, array_agg(c.node order by (c.node).consent, (c.node).ordinal),
    array_agg(c.certain order by (c.node).consent, (c.node).ordinal)
  from live_provision(caller, caller_actors, caller_purposes, array[asked_patient]) c
  group by c.owner
  having not bool_and(c.plain);
end
$$;
