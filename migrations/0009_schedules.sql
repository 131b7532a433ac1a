-- Schedules: what is due when, what became of each due time, and when any server was up to see to it.

create table jobserver.schedules (
    tenant text not null default 'default',
    -- Chosen by who made it.
    id text not null,
    cron text not null,
    time_zone text not null,
    kind text not null,
    -- The body of a submission.
    args json not null,
    misfire text not null,
    misfire_limit integer not null,
    overlap text not null,
    jitter interval not null,
    start_at timestamptz,
    end_at timestamptz,
    paused boolean not null default false,
    -- By the configuration of a server, not over HTTP.
    declared boolean not null default false,
    -- Every due time up to here has been seen to.
    seen_until timestamptz not null,
    -- The first due time after that; null when there is none.
    next_due_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant, id),
    constraint schedules_policies_known check (
        misfire in ('skip', 'runOnce', 'runAll') and overlap in ('allow', 'skip', 'queue')
    )
);

create index schedules_due on jobserver.schedules (next_due_at) where not paused and next_due_at is not null;

create table jobserver.schedule_runs (
    tenant text not null default 'default',
    schedule_id text not null,
    due_at timestamptz not null,
    -- Of a due time that became a job.
    job_id uuid,
    outcome text not null,
    detail text,
    at timestamptz not null default now(),
    primary key (tenant, schedule_id, due_at),
    constraint schedule_runs_of_a_schedule foreign key (tenant, schedule_id)
        references jobserver.schedules (tenant, id) on delete cascade,
    constraint schedule_runs_outcome_known check (outcome in ('submitted', 'overlapped', 'missed', 'refused'))
);

create table jobserver.servers (
    id uuid not null primary key,
    name text not null,
    started_at timestamptz not null default now(),
    -- Renewed four times a second while the server lives.
    seen_at timestamptz not null default now()
);

create index servers_by_last_sight on jobserver.servers (seen_at);
