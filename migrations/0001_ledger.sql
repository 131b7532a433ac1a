-- The ledger: which jobs were accepted, how their items are cut into chunks, who works on them, what is done.

create schema if not exists jobserver;

create table jobserver.jobs (
    tenant text not null default 'default',
    id uuid not null,
    kind text not null,
    queue text not null,
    state text not null,
    -- What the client asked for beside the items, defaults filled in. json, not jsonb: kept as written.
    args json not null,
    tags text[] not null default '{}',
    lanes smallint not null,
    -- Every chunk but the last has this many items, so item seq is in chunk seq / chunk_size.
    chunk_size integer not null,
    total integer not null,
    succeeded integer not null default 0,
    failed integer not null default 0,
    tolerate_failed_percent real not null default 100,
    job_timeout interval,
    deadline timestamptz,
    retry_of uuid,
    error_code text,
    error_detail text,
    -- Results a fenced attempt brought too late, and lanes the reconciler had to enqueue again.
    duplicates_prevented bigint not null default 0,
    repairs integer not null default 0,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    primary key (tenant, id),
    constraint jobs_state_known check (
        state in (
            'scheduled', 'queued', 'running', 'paused', 'cancelling',
            'succeeded', 'partially_succeeded', 'failed', 'cancelled', 'expired'
        )
    ),
    constraint jobs_finished_with_a_time check (
        (finished_at is not null) = (state in ('succeeded', 'partially_succeeded', 'failed', 'cancelled', 'expired'))
    ),
    constraint jobs_counts_add_up check (
        total >= 0 and succeeded >= 0 and failed >= 0 and succeeded + failed <= total
    )
) with (fillfactor = 70);

-- A lane's Hangfire job carries the id alone.
create index jobs_by_id on jobserver.jobs (id);
-- The reconciler and the queue pages look at unfinished jobs only.
create index jobs_unfinished on jobserver.jobs (queue, id) where finished_at is null;

create table jobserver.chunks (
    tenant text not null default 'default',
    job_id uuid not null,
    chunk_no integer not null,
    first_seq integer not null,
    item_count integer not null,
    -- A JSON array of the items as the kind's reader wrote them.
    input json not null,
    -- The lane that claimed it last; null while nobody has.
    lane smallint,
    -- Fence token: raised by each claim; a commit that brings an older one writes nothing.
    epoch integer not null default 0,
    recorded integer not null default 0,
    -- Times in a row that it was begun again and recorded nothing.
    stalls smallint not null default 0,
    done_at timestamptz,
    primary key (tenant, job_id, chunk_no),
    -- Deferred: a long list is written chunk by chunk while it is read, the job row last.
    constraint chunks_of_a_job foreign key (tenant, job_id) references jobserver.jobs (tenant, id)
        on delete cascade deferrable initially deferred,
    constraint chunks_counts_add_up check (item_count > 0 and recorded between 0 and item_count)
) with (fillfactor = 70);

create index chunks_undone on jobserver.chunks (tenant, job_id, chunk_no) where done_at is null;

create table jobserver.lanes (
    tenant text not null default 'default',
    job_id uuid not null,
    lane smallint not null,
    -- The one Hangfire job that may run this lane now; another one that comes along ends at once.
    hangfire_job_id bigint,
    epoch integer not null default 0,
    running boolean not null default false,
    host text,
    primary key (tenant, job_id, lane),
    constraint lanes_of_a_job foreign key (tenant, job_id) references jobserver.jobs (tenant, id)
        on delete cascade deferrable initially deferred
) with (fillfactor = 70);

create index lanes_by_hangfire_job on jobserver.lanes (hangfire_job_id);

-- No foreign key: the chunk's row lock and epoch guard each insert, and a check per item would cost more than the insert.
create table jobserver.items (
    tenant text not null default 'default',
    job_id uuid not null,
    seq integer not null,
    state text not null,
    -- Bytes as the peer sent them, key order and all.
    value json,
    value_bytes integer not null default 0,
    error_code text,
    error_detail text,
    error_host text,
    attempts integer not null,
    duration_ms real not null,
    primary key (tenant, job_id, seq),
    constraint items_state_known check (state in ('succeeded', 'failed')),
    constraint items_error_of_the_failed check ((state = 'failed') = (error_code is not null))
);

create index items_failed on jobserver.items (tenant, job_id, seq) where state = 'failed';

-- The one rule that says how a job with every item recorded has ended.
create function jobserver.outcome(state text, total integer, failed integer, tolerate_failed_percent real)
returns text language sql immutable parallel safe as $$
    select case
        when state = 'cancelling' then 'cancelled'
        when failed = 0 then 'succeeded'
        when failed = total or failed * 100.0 / total > tolerate_failed_percent then 'failed'
        else 'partially_succeeded'
    end
$$;
