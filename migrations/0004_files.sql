-- Files that clients upload: records in one canonical form, in pieces cut between records, so that every node can work on them.

create table jobserver.files (
    tenant text not null default 'default',
    id uuid not null,
    name text,
    format text not null,
    encoding text not null,
    -- Of a CSV; null for the others.
    delimiter text,
    -- The header of a CSV; of JSON the member names in the order in which they were first seen.
    columns text[] not null,
    -- Cells of the longest row of a CSV: more than there are columns when a row is ragged.
    widest integer not null,
    records integer not null,
    -- Records that are known to be rejects.
    faulty integer not null,
    -- As received, after decompression.
    bytes bigint not null,
    sha256 bytea not null,
    created_at timestamptz not null default now(),
    primary key (tenant, id),
    constraint files_format_known check (format in ('csv', 'json', 'ndjson')),
    constraint files_counts_add_up check (records >= 0 and faulty between 0 and records and bytes >= 0)
);

create table jobserver.file_pieces (
    tenant text not null default 'default',
    file_id uuid not null,
    first_record integer not null,
    record_count integer not null,
    -- One line per record: see FileRecords.
    content bytea not null,
    primary key (file_id, first_record, tenant),
    -- Deferred: the pieces are written while the file is read, the file's row last.
    constraint file_pieces_of_a_file foreign key (tenant, file_id) references jobserver.files (tenant, id)
        on delete cascade deferrable initially deferred
);

-- What a job reads from: files, or another job. None of them can be erased before the job has ended.
create table jobserver.job_inputs (
    tenant text not null default 'default',
    job_id uuid not null,
    source_id uuid not null,
    primary key (tenant, job_id, source_id),
    constraint job_inputs_of_a_job foreign key (tenant, job_id) references jobserver.jobs (tenant, id)
        on delete cascade deferrable initially deferred
);

create index job_inputs_by_source on jobserver.job_inputs (tenant, source_id);

do $$ begin
    alter table jobserver.file_pieces alter column content set compression lz4;
exception when feature_not_supported then null;
end $$;
