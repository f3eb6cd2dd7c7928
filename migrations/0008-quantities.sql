-- compatible: yes   lock: none that waits   transaction: yes   time: instant (new table, column default)
-- Numbers and quantities, and which search parameters a resource has a value for. Resources stored
-- before are found by these once they are written again.

-- One bit for each search parameter of the type, in the order of search/parameters.ts.
alter table resource add column present bigint not null default 0;

-- Numbers and quantities as doubles, as they are and in what they can be compared in.
create table search_quantity (
  key            bigint not null,
  parameter      bigint not null,                         -- hash('Type.code')
  low            double precision not null,
  high           double precision not null,
  code           bigint,                                  -- hash of the code
  unit           bigint,                                  -- hash of the text of the unit, where it is not the code
  canonical      bigint not null,                         -- hash of the dimension, or of system and code; 0: no unit
  canonical_low  double precision not null,
  canonical_high double precision not null,
  codes          bigint[]                                 -- hashes of the codes it is the value of
);
create index search_quantity_value on search_quantity (parameter, canonical, canonical_low, key);
create index search_quantity_key on search_quantity (key);
