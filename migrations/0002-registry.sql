-- compatible: yes   lock: none   transaction: yes   time: instant (new tables)
-- Who takes part: hospitals, their clients and people, and the issuers whose tokens are accepted.
-- Rows are switched off, never deleted: what they wrote and read stays attributed to them.

create table organization (
  number  integer generated always as identity primary key, -- resource.owner
  id      text collate "C" not null unique                  -- of its Organization resource; prefix of ids it may choose
          check (id ~ '^[a-z][a-z0-9]{1,19}$'),
  name    text    not null check (length(name) between 1 and 200),
  active  boolean not null default true
);

create table client (
  id           text collate "C" primary key check (id ~ '^[a-z][a-z0-9-]{1,62}$'),
  organization integer not null references organization (number),
  name         text    not null check (length(name) between 1 and 200),
  kind         text    not null check (kind in ('system', 'people')),
  scopes       text[]  not null,                            -- the most it may be granted
  purposes     text[]  not null,                            -- codes of v3-ActReason
  grant_types  text[]  not null,
  auth_method  text    not null check (auth_method in ('private_key_jwt', 'client_secret_basic', 'client_secret_post')),
  jwks         jsonb,                                       -- public keys
  secret_hash  text,                                        -- SHA-256 of a random 256-bit secret
  active       boolean not null default true,
  check ((auth_method = 'private_key_jwt') = (jwks is not null)),
  check ((auth_method <> 'private_key_jwt') = (secret_hash is not null))
);

create table person (
  id           text collate "C" primary key check (id ~ '^[A-Za-z0-9.-]{1,64}$'), -- of the Practitioner resource
  organization integer not null references organization (number),
  name         text    not null check (length(name) between 1 and 200),
  role         text    check (length(role) between 1 and 64),
  active       boolean not null default true
);

-- Authorization servers of hospitals, whose access tokens are taken as they are.
create table issuer (
  url                   text collate "C" primary key,
  jwks_uri              text,
  jwks                  jsonb,
  algorithms            text[]    not null,
  organizations         integer[] not null,                 -- organization.number it may speak for
  clients               text[]    not null,                 -- its own client ids
  scopes                text[]    not null,                 -- the most its tokens may be granted
  token_age_seconds_max integer   not null check (token_age_seconds_max between 60 and 3600),
  active                boolean   not null default true,
  check ((jwks_uri is null) <> (jwks is null))
);

-- One number that every change of the tables above raises in its own transaction. A request asks for
-- it, and so knows whether what it remembers still holds.
create table registry_generation (
  only_row   boolean primary key default true check (only_row),
  generation bigint  not null
);
insert into registry_generation (generation) values (1);

create function raise_registry_generation() returns trigger language plpgsql as $$
begin
  update registry_generation set generation = generation + 1;
  return null;
end
$$;

create trigger organization_changed after insert or update or delete or truncate on organization
  for each statement execute function raise_registry_generation();
create trigger client_changed after insert or update or delete or truncate on client
  for each statement execute function raise_registry_generation();
create trigger person_changed after insert or update or delete or truncate on person
  for each statement execute function raise_registry_generation();
create trigger issuer_changed after insert or update or delete or truncate on issuer
  for each statement execute function raise_registry_generation();

-- What the authorization server keeps: used client assertions, later sessions and codes.
create table authorization_model (
  model      text        not null,
  id         text        not null,
  grant_id   text,
  uid        text,
  user_code  text,
  payload    jsonb       not null,
  consumed   timestamptz,
  expires_at timestamptz,
  primary key (model, id)
);
create index authorization_model_grant on authorization_model (grant_id) where grant_id is not null;
create index authorization_model_uid on authorization_model (model, uid) where uid is not null;
create index authorization_model_user_code on authorization_model (model, user_code) where user_code is not null;
create index authorization_model_expiry on authorization_model (expires_at) where expires_at is not null;
