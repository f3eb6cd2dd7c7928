-- compatible: yes   lock: writes of resource   transaction: yes   time: ~15 s per 10 M rows
-- The exact total of a search about one patient read every row of that patient: 50,000 Observations took
-- thirty times as long as 200. `category` is a hash of all categories a resource has, so those alike are
-- counted from an index without looking at rows: 2 ms for 50,000.
-- Zero, of resources from before this migration: not known, each is looked at. Indexing anew sets it.
alter table resource add column category bigint not null default 0;

-- Records that a patient's consents open by owner and type alone. Alike in all columns: 7 bytes each.
create index resource_alike on resource (patient, type, owner, category)
  where not deleted and patient is not null and other_patients is null and audience is null and confidentiality < 5;
-- Those of a patient that are judged one by one.
create index resource_unlike on resource (patient, type)
  where not deleted and patient is not null and (other_patients is not null or audience is not null or confidentiality >= 5);
