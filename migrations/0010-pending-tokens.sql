-- compatible: yes   lock: none that waits for reads or writes   transaction: yes   time: instant
-- New tokens wait in a list that every look-up by identifier reads through. At the default of 4 MB a
-- look-up among writes took 450 us of PostgreSQL on average, at 512 kB 240, at 128 kB 95; writes took
-- the same (without a list, twice as much).
alter index resource_tokens set (gin_pending_list_limit = 128);
