-- Jobs that have ended since some moment: what a benchmark looks for after each round, to tell whether it was alone.

create index if not exists jobs_by_end on jobserver.jobs (finished_at) where finished_at is not null;
