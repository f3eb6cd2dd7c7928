-- compatible: yes   lock: organization, for a moment   transaction: yes   time: instant
-- More of what is agreed with a hospital about what it writes: how many of its resources one
-- conditional delete may remove, and whether changes must name the version they are made to.

alter table organization
  add column conditional_delete_max integer not null default 1 check (conditional_delete_max between 1 and 1000),
  add column require_if_match boolean not null default false;
