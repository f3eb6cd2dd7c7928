-- compatible: yes   lock: none   transaction: yes   time: instant (new table)
-- Which Patient was replaced by which, as the replaced one says by `link`. Written with that Patient.
-- Counts only while both belong to one tenant.

create table patient_merge (
  merged    bigint  not null,                             -- key of the Patient that was replaced
  surviving bigint  not null,                             -- key of the one that replaces it
  owner     integer not null,                             -- tenant of the merged one
  primary key (merged, surviving)
);
create index patient_merge_surviving on patient_merge (surviving);
