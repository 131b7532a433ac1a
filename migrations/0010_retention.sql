-- What is erased goes in small steps: its row at once, the rest later.

create index jobs_by_kind_and_end on jobserver.jobs (kind, state, finished_at)
    where finished_at is not null and not held;

-- A job or file whose items, outputs or pieces are still to be deleted.
create table jobserver.erasures (
    tenant text not null default 'default',
    id uuid not null,
    erased_at timestamptz not null default now(),
    primary key (tenant, id)
);

create index erasures_by_age on jobserver.erasures (erased_at);

-- Pieces go after their file, not with it.
alter table jobserver.file_pieces drop constraint file_pieces_of_a_file;
