-- compatible: yes   lock: none that waits   transaction: yes   time: instant (new tables)
-- The text of resources, for `_text`, `_content` and `:text`. Apart from `resource`, whose rows every
-- search reads. See search/text-entries.ts for what the entries mean: the words of a row with their
-- places, and under tags the texts beside codes and references. Weights: A the narrative, B what else may
-- be taken out for another hospital, D the rest.
create table resource_text (
  key  bigint   not null,                                 -- a long text has several rows
  type smallint not null,
  text tsvector not null
);
create index resource_text_key on resource_text (key);
create index resource_text_words on resource_text using gin (text);

-- What searches cannot find yet because it was stored before: while a name is here its parameters are
-- refused. Resources with keys up to `done` have been seen to.
create table search_backlog (
  name text primary key,
  done bigint not null
);
insert into search_backlog select 'text', -9223372036854775808 where exists (select from resource);
