-- compatible: yes   lock: none   transaction: yes   time: instant
-- What keeps the audit trail going works with the rights of the owner of the tables, so that a server may
-- run under a role that can add to the trail and cannot change it (`huizhen migrate --serving`). Pruning
-- stays with the owner.

alter function ensure_audit_month(timestamptz) security definer set search_path from current;
alter function audit_watermark() security definer set search_path from current;
alter function seal_audit_events(bigint, integer) security definer set search_path from current;
