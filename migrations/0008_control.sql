-- Delay, unique keys and holds of jobs; what happened to them; keys of repeated requests; paused queues.

alter table jobserver.jobs
    add column unique_key text,
    -- Stays scheduled until then.
    add column start_at timestamptz,
    -- Spared by retention.
    add column held boolean not null default false,
    -- The schedule that made it, and the due time it was made for: null when it was triggered by hand.
    add column schedule_id text,
    add column due_at timestamptz,
    -- While scheduled it waits for all earlier jobs of its schedule.
    add column in_line boolean not null default false;

create unique index jobs_by_unique_key on jobserver.jobs (tenant, unique_key)
    where finished_at is null and unique_key is not null;
create index jobs_scheduled on jobserver.jobs (start_at) where state = 'scheduled';
create index jobs_of_a_schedule on jobserver.jobs (tenant, schedule_id, id) where schedule_id is not null;
-- Whether a job of a schedule is under way, however many there have been.
create index jobs_unfinished_of_a_schedule on jobserver.jobs (tenant, schedule_id, id)
    where schedule_id is not null and finished_at is null;

create table jobserver.idempotency_keys (
    tenant text not null default 'default',
    key text not null,
    -- Method and path.
    request text not null,
    -- SHA-256 of the body.
    fingerprint bytea not null,
    -- The job or file it made.
    resource_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (tenant, key)
);

create index idempotency_keys_by_age on jobserver.idempotency_keys (created_at);

create table jobserver.queues (
    name text not null primary key,
    paused_at timestamptz
);

create table jobserver.job_log (
    tenant text not null default 'default',
    job_id uuid not null,
    no bigint not null generated always as identity,
    at timestamptz not null default clock_timestamp(),
    level text not null default 'info',
    -- state, or the name of something else that happened.
    event text not null,
    -- Of a state: which.
    detail text,
    primary key (job_id, no, tenant),
    constraint job_log_of_a_job foreign key (tenant, job_id) references jobserver.jobs (tenant, id) on delete cascade,
    constraint job_log_level_known check (level in ('info', 'warning', 'error'))
);

-- Written here, so that no statement that moves a job on can forget it.
create function jobserver.log_state() returns trigger language plpgsql as $$
begin
    insert into jobserver.job_log (tenant, job_id, event, detail) values (new.tenant, new.id, 'state', new.state);
    return null;
end $$;

create trigger jobs_log_acceptance after insert on jobserver.jobs
    for each row execute function jobserver.log_state();
create trigger jobs_log_state after update of state on jobserver.jobs
    for each row when (old.state is distinct from new.state) execute function jobserver.log_state();
