-- compatible: no (servers of an earlier version do not look here)   lock: none   transaction: yes
-- time: instant (new table)
-- What codes say, each once however many resources say the same. A resource is found by the hashes among
-- its tokens (the first of them), and loses them with its row. What only one resource says stays in
-- `resource_text`; and so does all that was stored before. See search/shared-texts.ts.
create table shared_text (
  hash bigint   not null,                                 -- of the type, the part and the texts
  part smallint not null,                                 -- a long text has several rows
  type smallint not null,
  text tsvector not null,
  primary key (hash, part)
);
create index shared_text_words on shared_text using gin (text);
