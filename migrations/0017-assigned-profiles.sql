-- compatible: yes   lock: organization, for a moment   transaction: yes   time: instant
-- Profiles that what a hospital writes must meet, whether it claims them or not: an object with a list
-- of canonicals for each resource type.

alter table organization
  add column profiles jsonb not null default '{}' check (jsonb_typeof(profiles) = 'object');
