-- compatible: yes   lock: short, on `client` alone   transaction: yes   time: instant
-- People sign in with a browser: where clients get their codes, how people prove themselves, how often
-- that was tried, and which tokens are worth nothing any more.

alter table client
  add redirect_uris text[] not null default '{}',           -- exact addresses codes are sent to
  drop constraint client_auth_method_check,
  drop constraint client_check,
  drop constraint client_check1,
  add check (auth_method in ('private_key_jwt', 'client_secret_basic', 'client_secret_post', 'none')),
  add check ((auth_method = 'private_key_jwt') = (jwks is not null)),
  add check ((auth_method like 'client_secret_%') = (secret_hash is not null));

create table person_credential (
  person         text collate "C" primary key references person (id),
  password_hash  text,                                      -- scrypt with its parameters, see registry/password.ts
  totp_secret    text,                                      -- base32; verifying needs it as it is
  totp_confirmed boolean not null default false,            -- a code of it was given once
  totp_step      bigint  not null default 0                 -- of the last code taken; none is taken twice
);

-- Failed attempts in a row, by a hash of who tried and at what.
create table attempt (
  key      text collate "C" primary key,
  failures integer     not null,
  until    timestamptz not null                             -- from then on it does not count
);
create index attempt_until on attempt (until);

create table revoked_token (
  issuer     text collate "C" not null,
  id         text collate "C" not null,                     -- jti of a token, or the grant it was made under
  expires_at timestamptz not null,                          -- no token of this id lives longer
  primary key (issuer, id)
);
create index revoked_token_expiry on revoked_token (expires_at);

create trigger revoked_token_added after insert on revoked_token
  for each statement execute function raise_registry_generation();
