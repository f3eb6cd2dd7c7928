-- compatible: yes   lock: share on resource while it builds   transaction: yes   time: instant (few rows name two patients)
-- Patient/$everything also gives what names the patient beside another one, or under a repeating element.
create index resource_other_patients on resource using gin (other_patients)
  where not deleted and other_patients is not null;
