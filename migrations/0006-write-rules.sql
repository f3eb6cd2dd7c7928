-- compatible: yes   lock: organization and client, for a moment   transaction: yes   time: instant
-- What is agreed with a hospital and its clients about what they write. Hospitals that are here
-- already have written references without a check, and go on; new ones begin with it.

alter table organization
  add column reference_policy text not null default 'open' check (reference_policy in ('open', 'enforced')),
  add column resolve_identifiers boolean not null default false;   -- Reference.identifier of a Patient -> reference
alter table organization alter column reference_policy set default 'enforced';

alter table client
  add column source_version boolean not null default false,        -- what the source says is older changes nothing
  add column stub_patients boolean not null default false;         -- unknown patients are made, tagged incomplete
