-- compatible: no (servers of an earlier version do not label)   lock: none   transaction: yes
-- time: instant (new table, function); the first start goes through what is stored
-- Security labels that the codes of a record give it (decision 0028). What was not labelled by the value
-- sets in force may hold more than its labels say: it counts as not screened where a label is asked for.

-- By which value sets records are labelled now: those that are have `mark` among their facts.
create table label_sets (
  only_row boolean primary key default true check (only_row),
  mark     bigint not null
);

-- As before, but for labels a record must be labelled by the sets in force, besides being screened.
create or replace function consent_decision(
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
  -- Whether its labels say all there is to say; looked up only where a label is asked for.
  labelled boolean;
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
      if labelled is null then
        labelled := row_screened and exists (select from label_sets s where s.mark = any(row_facts));
      end if;
      met := coalesce(row_facts && n.labels, false);
      if n.kind = 'D' then
        met := met or coalesce(row_confidentiality >= n.confidentiality, false);
        sure := sure and met;
        maybe := met or not labelled;
      else
        sure := sure and (met or labelled and coalesce(row_confidentiality <= n.confidentiality, false));
        maybe := met or coalesce(row_confidentiality <= n.confidentiality, false) or not labelled;
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
