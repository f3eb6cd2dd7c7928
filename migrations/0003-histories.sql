-- compatible: yes   lock: writes to resource and resource_version wait while the indexes are built
-- transaction: yes   time: about a second for a million resources
-- Histories of a type and of the whole system, which say by which request each version came.

alter table resource add column method text not null default 'PUT'
  check (method in ('POST', 'PUT', 'PATCH', 'DELETE'));
alter table resource_version add column method text not null default 'PUT'
  check (method in ('POST', 'PUT', 'PATCH', 'DELETE'));
-- Of versions stored before this, only deletions are told apart.
update resource set method = 'DELETE' where deleted;
update resource_version set method = 'DELETE' where deleted;

-- Histories show tombstones, too.
drop index resource_type;
create index resource_type on resource (type, last_updated desc, key desc);
create index resource_version_type on resource_version (type, last_updated desc, key desc, version desc);
