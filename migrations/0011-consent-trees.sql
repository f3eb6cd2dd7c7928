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
