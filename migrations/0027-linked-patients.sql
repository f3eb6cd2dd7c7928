-- compatible: yes   lock: none   transaction: yes   time: instant (new columns without a value)
-- Patients that a Patient's `link` leads to. They were among `other_patients`, so that a Patient was
-- hidden from whoever may not see all it is linked to. Now the Patient is shown without its links then.
-- Patients stored before stay as they were until they are indexed anew.
alter table resource add column linked_patients bigint[];
alter table resource_version add column linked_patients bigint[];
