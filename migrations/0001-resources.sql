-- compatible: yes   lock: none   transaction: yes   time: instant (first migration)
-- Resources, their versions, what search needs of them, and the rules that decide who sees them.
-- `key` is the 64-bit hash of 'Type/id': the identity every reference, rule and index row uses, known
-- without asking the database. Its primary key also proves that no two stored resources share one.

create table resource (
  key            bigint primary key,
  type           smallint    not null,                    -- number in fhir/resource-types.ts
  id             text collate "C" not null,
  version        integer     not null,
  owner          integer     not null,                    -- organization.number of the tenant that wrote it
  deleted        boolean     not null default false,      -- a tombstone: no tokens, kept for 410 and history
  last_updated   timestamptz not null,
  patient        bigint,                                  -- key of the compartment's one Patient
  other_patients bigint[],                                -- every other patient it names
  audience       integer[],                               -- tenants it is addressed to, or whose request it answers
  date_low       timestamptz not null default '-infinity',-- the clinical date as a half-open range;
  date_high      timestamptz not null default '-infinity',-- high = -infinity: none
  tokens         bigint[]    not null,                    -- hash(parameter) # hash(value), see search/hash.ts
  content        bytea       not null                     -- compressed JSON, exactly as served
);
-- Already compressed: keep it out of PostgreSQL's own compressor.
alter table resource alter column content set storage external;

-- Everything patient-scoped walks this one, newest first.
create index resource_patient on resource (patient, type, date_low desc, key desc) where not deleted;
-- Feeds, and lists without another index.
create index resource_type on resource (type, last_updated desc, key desc) where not deleted;
-- Identifiers, codes and references across patients.
create index resource_tokens on resource using gin (tokens) where not deleted;

-- Superseded versions only; the current one is in resource.
create table resource_version (
  key            bigint      not null,
  version        integer     not null,
  type           smallint    not null,
  id             text collate "C" not null,
  owner          integer     not null,
  deleted        boolean     not null,
  last_updated   timestamptz not null,
  patient        bigint,
  other_patients bigint[],
  audience       integer[],
  content        bytea       not null,
  primary key (key, version)
);
alter table resource_version alter column content set storage external;

-- Folded strings of string parameters, for prefix search.
create table search_string (
  key       bigint not null,
  parameter bigint not null,                              -- hash('Type.code')
  value     text collate "C" not null
);
create index search_string_value on search_string (parameter, value, key);
create index search_string_key on search_string (key);

-- Date parameters other than the clinical date.
create table search_date (
  key       bigint not null,
  parameter bigint not null,
  low       timestamptz not null,
  high      timestamptz not null
);
create index search_date_low on search_date (parameter, low, key);
create index search_date_key on search_date (key);

-- A consultation that lets `recipient` ask for the records `owner` keeps of `patient`.
-- Written with the ServiceRequest that opens it.
create table consultation_gate (
  service_request bigint      not null,
  recipient       integer     not null,
  patient         bigint      not null,
  owner           integer     not null,
  valid_from      timestamptz not null,
  valid_to        timestamptz not null,
  primary key (recipient, patient, owner, service_request)
);
create index consultation_gate_source on consultation_gate (service_request);

-- One row per provision of an active privacy Consent. Null means: any.
create table consent_rule (
  consent    bigint      not null,
  ordinal    smallint    not null,
  patient    bigint      not null,
  owner      integer     not null,
  kind       "char"      not null check (kind in ('P', 'D')),
  actors     bigint[],                                    -- keys of the recipients
  purposes   text[],
  types      smallint[],
  valid_from timestamptz not null,
  valid_to   timestamptz not null,
  primary key (consent, ordinal)
);
create index consent_rule_patient on consent_rule (patient, owner);

-- Who acts in whose name: a practitioner in roles, an organization in its parent.
create table actor_membership (
  source     bigint      not null,                        -- resource that says so
  owner      integer     not null,                        -- its tenant: counts only for its own callers and actors
  member     bigint      not null,
  actor      bigint      not null,
  valid_from timestamptz not null,
  valid_to   timestamptz not null,
  primary key (source, member, actor)
);
create index actor_membership_member on actor_membership (member);

-- Append-only. One row per request on clinical data; written before a cross-hospital answer leaves.
create table audit_event (
  number         bigint generated always as identity primary key,
  recorded       timestamptz not null,
  request_id     text        not null,
  organization   integer,
  client         text,
  subject        text,
  token_id       text,
  purpose        text,
  interaction    text        not null,
  resource_type  text,
  outcome        smallint    not null,                    -- HTTP status
  cross_hospital boolean     not null,
  entities       text[]      not null,                    -- Type/id of what was disclosed or written
  patients       bigint[]    not null                     -- keys of the patients concerned
);
create index audit_event_patients on audit_event using gin (patients);
create index audit_event_recorded on audit_event (recorded);

-- Secrets every process of one installation shares.
create table secret (
  name  text primary key,
  value bytea not null
);
