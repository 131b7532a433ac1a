-- Read from the catalog by SchemaSnapshot; not to be run.

CREATE INDEX chunks_undone ON jobserver.chunks USING btree (tenant, job_id, chunk_no) WHERE (done_at IS NULL)

CREATE INDEX files_of_a_job ON jobserver.files USING btree (tenant, job_id) WHERE (job_id IS NOT NULL)

CREATE INDEX items_failed ON jobserver.items USING btree (tenant, job_id, seq) WHERE (state = 'failed'::text)

CREATE INDEX job_inputs_by_source ON jobserver.job_inputs USING btree (tenant, source_id)

CREATE INDEX jobs_by_end ON jobserver.jobs USING btree (finished_at) WHERE (finished_at IS NOT NULL)

CREATE INDEX jobs_by_id ON jobserver.jobs USING btree (id)

CREATE INDEX jobs_unfinished ON jobserver.jobs USING btree (queue, id) WHERE (finished_at IS NULL)

CREATE INDEX lanes_by_hangfire_job ON jobserver.lanes USING btree (hangfire_job_id)

CREATE INDEX lookups_by_expiry ON jobserver.lookups USING btree (expires_at)

CREATE OR REPLACE FUNCTION jobserver.outcome(state text, total integer, failed integer, tolerate_failed_percent real)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    select case
        when state = 'cancelling' then 'cancelled'
        when failed = 0 then 'succeeded'
        when failed = total or failed * 100.0 / total > tolerate_failed_percent then 'failed'
        else 'partially_succeeded'
    end
$function$

CREATE UNIQUE INDEX chunks_pkey ON jobserver.chunks USING btree (tenant, job_id, chunk_no)

CREATE UNIQUE INDEX file_pieces_pkey ON jobserver.file_pieces USING btree (file_id, first_record, tenant)

CREATE UNIQUE INDEX files_pkey ON jobserver.files USING btree (tenant, id)

CREATE UNIQUE INDEX items_pkey ON jobserver.items USING btree (job_id, seq, tenant)

CREATE UNIQUE INDEX job_inputs_pkey ON jobserver.job_inputs USING btree (tenant, job_id, source_id)

CREATE UNIQUE INDEX jobs_pkey ON jobserver.jobs USING btree (tenant, id)

CREATE UNIQUE INDEX lanes_pkey ON jobserver.lanes USING btree (tenant, job_id, lane)

CREATE UNIQUE INDEX lookups_pkey ON jobserver.lookups USING btree (key, tenant)

CREATE UNIQUE INDEX outputs_pkey ON jobserver.outputs USING btree (job_id, first_seq, tenant)

chunks (
    tenant text not null default 'default'::text,
    job_id uuid not null,
    chunk_no integer not null,
    first_seq integer not null,
    item_count integer not null,
    input json,
    lane smallint,
    epoch integer not null default 0,
    recorded integer not null default 0,
    stalls smallint not null default 0,
    done_at timestamp with time zone
) with (fillfactor=70)

constraint chunks chunks_counts_add_up CHECK (((item_count > 0) AND ((recorded >= 0) AND (recorded <= item_count))))

constraint chunks chunks_of_a_job FOREIGN KEY (tenant, job_id) REFERENCES jobs(tenant, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED

constraint chunks chunks_pkey PRIMARY KEY (tenant, job_id, chunk_no)

constraint file_pieces file_pieces_of_a_file FOREIGN KEY (tenant, file_id) REFERENCES files(tenant, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED

constraint file_pieces file_pieces_pkey PRIMARY KEY (file_id, first_record, tenant)

constraint files files_counts_add_up CHECK (((records >= 0) AND ((faulty >= 0) AND (faulty <= records)) AND (bytes >= 0)))

constraint files files_format_known CHECK ((format = ANY (ARRAY['csv'::text, 'json'::text, 'ndjson'::text])))

constraint files files_pkey PRIMARY KEY (tenant, id)

constraint items items_error_of_the_failed CHECK (((state = 'failed'::text) = (error_code IS NOT NULL)))

constraint items items_pkey PRIMARY KEY (job_id, seq, tenant)

constraint items items_state_known CHECK ((state = ANY (ARRAY['succeeded'::text, 'failed'::text])))

constraint job_inputs job_inputs_of_a_job FOREIGN KEY (tenant, job_id) REFERENCES jobs(tenant, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED

constraint job_inputs job_inputs_pkey PRIMARY KEY (tenant, job_id, source_id)

constraint jobs jobs_counts_add_up CHECK (((total >= 0) AND (succeeded >= 0) AND (failed >= 0) AND ((succeeded + failed) <= total)))

constraint jobs jobs_finished_with_a_time CHECK (((finished_at IS NOT NULL) = (state = ANY (ARRAY['succeeded'::text, 'partially_succeeded'::text, 'failed'::text, 'cancelled'::text, 'expired'::text]))))

constraint jobs jobs_pkey PRIMARY KEY (tenant, id)

constraint jobs jobs_state_known CHECK ((state = ANY (ARRAY['scheduled'::text, 'queued'::text, 'running'::text, 'paused'::text, 'cancelling'::text, 'succeeded'::text, 'partially_succeeded'::text, 'failed'::text, 'cancelled'::text, 'expired'::text])))

constraint lanes lanes_of_a_job FOREIGN KEY (tenant, job_id) REFERENCES jobs(tenant, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED

constraint lanes lanes_pkey PRIMARY KEY (tenant, job_id, lane)

constraint lookups lookups_answers_whole CHECK (
CASE
    WHEN (answered_at IS NULL) THEN ((value IS NULL) AND (error_code IS NULL))
    ELSE ((value IS NULL) = (error_code IS NOT NULL))
END)

constraint lookups lookups_claims_end CHECK (((claimed_by IS NULL) = (claimed_until IS NULL)))

constraint lookups lookups_pkey PRIMARY KEY (key, tenant)

constraint outputs outputs_pkey PRIMARY KEY (job_id, first_seq, tenant)

file_pieces (
    tenant text not null default 'default'::text,
    file_id uuid not null,
    first_record integer not null,
    record_count integer not null,
    content bytea not null
)

files (
    tenant text not null default 'default'::text,
    id uuid not null,
    name text,
    format text not null,
    encoding text not null,
    delimiter text,
    columns text[] not null,
    widest integer not null,
    records integer not null,
    faulty integer not null,
    bytes bigint not null,
    sha256 bytea not null,
    created_at timestamp with time zone not null default now(),
    job_id uuid
)

items (
    tenant text not null default 'default'::text,
    job_id uuid not null,
    seq integer not null,
    state text not null,
    value json,
    value_bytes integer not null default 0,
    error_code text,
    error_detail text,
    error_host text,
    attempts integer not null,
    duration_ms real not null
)

job_inputs (
    tenant text not null default 'default'::text,
    job_id uuid not null,
    source_id uuid not null
)

jobs (
    tenant text not null default 'default'::text,
    id uuid not null,
    kind text not null,
    queue text not null,
    state text not null,
    args json not null,
    tags text[] not null default '{}'::text[],
    lanes smallint not null,
    chunk_size integer not null,
    total integer not null,
    succeeded integer not null default 0,
    failed integer not null default 0,
    tolerate_failed_percent real not null default 100,
    job_timeout interval,
    deadline timestamp with time zone,
    retry_of uuid,
    error_code text,
    error_detail text,
    duplicates_prevented bigint not null default 0,
    repairs integer not null default 0,
    created_at timestamp with time zone not null default now(),
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    batched boolean not null default false
) with (fillfactor=70)

lanes (
    tenant text not null default 'default'::text,
    job_id uuid not null,
    lane smallint not null,
    hangfire_job_id bigint,
    epoch integer not null default 0,
    running boolean not null default false,
    host text
) with (fillfactor=70)

lookups (
    tenant text not null default 'default'::text,
    key bytea not null,
    claimed_by uuid,
    claimed_until timestamp with time zone,
    answered_at timestamp with time zone,
    expires_at timestamp with time zone not null,
    value bytea,
    error_code text,
    error_detail text,
    error_host text
) with (fillfactor=70)

outputs (
    tenant text not null default 'default'::text,
    job_id uuid not null,
    first_seq integer not null,
    item_count integer not null,
    content bytea not null,
    duration_ms real not null
)
