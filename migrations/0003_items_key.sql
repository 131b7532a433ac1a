-- Every item of a commit has the same tenant and job: a key that begins with the job and goes on with the number compares
-- once where text before it compared each time.
alter table jobserver.items drop constraint items_pkey;
alter table jobserver.items add constraint items_pkey primary key (job_id, seq, tenant);
