-- compatible: yes   lock: none   transaction: yes   time: instant (new table)
-- The Tasks by which consultations are worked on, written with them. Where a request has one, the gate
-- follows its state and no longer the request alone (decision 0026).

create table consultation_task (
  task            bigint      primary key,
  service_request bigint      not null,
  owner           integer     not null,            -- who asks, and keeps the Task
  recipient       integer     not null,            -- who is asked
  patient         bigint      not null,
  state           text        not null,
  performers      bigint[]    not null default '{}', -- the experts it names, once it is accepted
  opened          timestamptz,                     -- when it was accepted
  ended           timestamptz                      -- when the opinion was signed
);
create index consultation_task_request on consultation_task (service_request);
create index consultation_task_patient on consultation_task (owner, patient);
