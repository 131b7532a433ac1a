-- Items that are too cheap for a row each: a job that is batched records runs of consecutive items in one row.

-- Its chunks are done from the first item on: what is recorded of one is always its beginning.
alter table jobserver.jobs add column batched boolean not null default false;

-- The chunks of such a job may refer to what their items are read from, and hold none.
alter table jobserver.chunks alter column input drop not null;

-- No foreign key, as for items.
create table jobserver.outputs (
    tenant text not null default 'default',
    job_id uuid not null,
    first_seq integer not null,
    item_count integer not null,
    -- Lines: the columns, then one for each item, empty for one that failed: that one has a row in items.
    content bytea not null,
    -- Of one item, on average.
    duration_ms real not null,
    primary key (job_id, first_seq, tenant)
);

do $$ begin
    alter table jobserver.outputs alter column content set compression lz4;
exception when feature_not_supported then null;
end $$;

-- Records that came with a submission are a file too: erased with their job, and not listed.
alter table jobserver.files add column job_id uuid;
create index files_of_a_job on jobserver.files (tenant, job_id) where job_id is not null;
