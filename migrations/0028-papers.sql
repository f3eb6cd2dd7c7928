-- compatible: yes   lock: writes of resource   transaction: yes   time: ~10 s per 10 M rows
-- Why: on what grounds records were disclosed is asked of the consents and requests of a patient as they
-- were then, those that have been deleted since included; these were in no index by patient.
create index resource_deleted_paper on resource (patient, type) where deleted;
