-- What the batched storage adds to Hangfire's schema. $schema$ is its name. Run once, under a lock, in a transaction.

create table $schema$.batched_schema (version integer not null);
insert into $schema$.batched_schema values (1);

-- What is counted below must not change meanwhile.
lock table $schema$.job, $schema$.jobqueue in share row exclusive mode;

-- One row for each process that runs jobs: while it is renewed, all rows of the queue that name it are held.
create table $schema$.lease (
    owner bigint generated always as identity primary key,
    name text not null,
    renewed_at timestamptz not null
);

alter table $schema$.jobqueue add column owner bigint;

-- What the servers of the stock storage hold goes back when they would let it: half an hour after they fetched it.
with stock as (
    insert into $schema$.lease (name, renewed_at)
    select 'stock servers', max(fetchedat) + interval '30 minutes' from $schema$.jobqueue
    where fetchedat is not null having count(*) > 0
    returning owner
)
update $schema$.jobqueue q set owner = stock.owner from stock where q.fetchedat is not null;

-- A claim reads the oldest waiting rows of one queue, and only those. The dashboard pages through them by job.
create index ix_batched_jobqueue_waiting on $schema$.jobqueue (queue, id) where fetchedat is null;
create index ix_batched_jobqueue_waiting_jobs on $schema$.jobqueue (queue, jobid) where fetchedat is null;

-- Rows that somebody holds: few at any time, and each claim adds to this index and to none of those above.
create index ix_batched_jobqueue_held on $schema$.jobqueue (owner) where fetchedat is not null;

-- What the three above replace, which each claim would write to as well.
drop index if exists $schema$.ix_hangfire_jobqueue_queueandfetchedat;
drop index if exists $schema$.ix_hangfire_jobqueue_fetchedat_queue_jobid;

-- Lists of jobs by state, newest first, whatever else there is. The two it replaces served less and were twice the same.
create index ix_batched_job_state on $schema$.job (statename, id);
drop index if exists $schema$.ix_hangfire_job_statename;
drop index if exists $schema$.ix_hangfire_job_statename_is_not_null;

-- Rows that come and go by the thousand a second: dead ones cost every claim.
alter table $schema$.jobqueue set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
alter table $schema$.counter set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
alter table $schema$.job set (autovacuum_vacuum_scale_factor = 0.05);
alter table $schema$.state set (autovacuum_vacuum_insert_scale_factor = 0.2);

-- Counts of jobs by state and of rows by queue, kept by the commits that change them, whoever makes them.
create function $schema$.count_jobs_inserted() returns trigger language plpgsql as $$
begin
    insert into $schema$.counter (key, value)
    select 'count:state:' || statename, count(*) from new_rows where statename is not null group by statename;
    return null;
end $$;

create function $schema$.count_jobs_updated() returns trigger language plpgsql as $$
begin
    insert into $schema$.counter (key, value)
    select 'count:state:' || statename, sum(n) from (
        select statename, count(*) as n from new_rows group by statename
        union all
        select statename, -count(*) from old_rows group by statename
    ) changes
    where statename is not null group by statename having sum(n) <> 0;
    return null;
end $$;

create function $schema$.count_jobs_deleted() returns trigger language plpgsql as $$
begin
    insert into $schema$.counter (key, value)
    select 'count:state:' || statename, -count(*) from old_rows where statename is not null group by statename;
    return null;
end $$;

create function $schema$.count_queue_inserted() returns trigger language plpgsql as $$
begin
    insert into $schema$.counter (key, value)
    select 'count:queue:' || queue, count(*) from new_rows group by queue;
    return null;
end $$;

create function $schema$.count_queue_deleted() returns trigger language plpgsql as $$
begin
    insert into $schema$.counter (key, value)
    select 'count:queue:' || queue, -count(*) from old_rows group by queue;
    return null;
end $$;

create trigger batched_count_inserted after insert on $schema$.job
    referencing new table as new_rows for each statement execute function $schema$.count_jobs_inserted();
create trigger batched_count_updated after update on $schema$.job
    referencing old table as old_rows new table as new_rows
    for each statement execute function $schema$.count_jobs_updated();
create trigger batched_count_deleted after delete on $schema$.job
    referencing old table as old_rows for each statement execute function $schema$.count_jobs_deleted();
create trigger batched_count_inserted after insert on $schema$.jobqueue
    referencing new table as new_rows for each statement execute function $schema$.count_queue_inserted();
create trigger batched_count_deleted after delete on $schema$.jobqueue
    referencing old table as old_rows for each statement execute function $schema$.count_queue_deleted();

-- What was there before the triggers were.
insert into $schema$.counter (key, value)
select 'count:state:' || statename, count(*) from $schema$.job where statename is not null group by statename;
insert into $schema$.counter (key, value)
select 'count:queue:' || queue, count(*) from $schema$.jobqueue group by queue;
