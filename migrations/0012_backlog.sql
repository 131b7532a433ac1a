-- A long backlog costs nobody but those who work it off.

-- Accepted by one statement, many at a time, which writes the log of their acceptance as well.
drop trigger jobs_log_acceptance on jobserver.jobs;

-- What is looked through every few seconds: not the jobs that wait.
create index jobs_begun on jobserver.jobs (tenant, id)
    where finished_at is null and state in ('running', 'paused', 'cancelling');
create index jobs_by_deadline on jobserver.jobs (deadline) where finished_at is null and deadline is not null;
