-- Read from the catalog by SchemaSnapshot; not to be run.

CREATE INDEX audit_by_age ON jobserver.audit USING brin (at)

CREATE INDEX chunks_undone ON jobserver.chunks USING btree (tenant, job_id, chunk_no) WHERE (done_at IS NULL)

CREATE INDEX erasures_by_age ON jobserver.erasures USING btree (erased_at)

CREATE INDEX files_of_a_job ON jobserver.files USING btree (tenant, job_id) WHERE (job_id IS NOT NULL)

CREATE INDEX idempotency_keys_by_age ON jobserver.idempotency_keys USING btree (created_at)

CREATE INDEX items_failed ON jobserver.items USING btree (tenant, job_id, seq) WHERE (state = 'failed'::text)

CREATE INDEX job_inputs_by_source ON jobserver.job_inputs USING btree (tenant, source_id)

CREATE INDEX jobs_begun ON jobserver.jobs USING btree (tenant, id) WHERE ((finished_at IS NULL) AND (state = ANY (ARRAY['running'::text, 'paused'::text, 'cancelling'::text])))

CREATE INDEX jobs_by_deadline ON jobserver.jobs USING btree (deadline) WHERE ((finished_at IS NULL) AND (deadline IS NOT NULL))

CREATE INDEX jobs_by_end ON jobserver.jobs USING btree (finished_at) WHERE (finished_at IS NOT NULL)

CREATE INDEX jobs_by_id ON jobserver.jobs USING btree (id)

CREATE INDEX jobs_by_kind_and_end ON jobserver.jobs USING btree (kind, state, finished_at) WHERE ((finished_at IS NOT NULL) AND (NOT held))

CREATE INDEX jobs_of_a_schedule ON jobserver.jobs USING btree (tenant, schedule_id, id) WHERE (schedule_id IS NOT NULL)

CREATE INDEX jobs_scheduled ON jobserver.jobs USING btree (start_at) WHERE (state = 'scheduled'::text)

CREATE INDEX jobs_unfinished ON jobserver.jobs USING btree (queue, id) WHERE (finished_at IS NULL)

CREATE INDEX jobs_unfinished_of_a_schedule ON jobserver.jobs USING btree (tenant, schedule_id, id) WHERE ((schedule_id IS NOT NULL) AND (finished_at IS NULL))

CREATE INDEX keys_by_id ON jobserver.keys USING btree (id)

CREATE INDEX lanes_by_hangfire_job ON jobserver.lanes USING btree (hangfire_job_id)

CREATE INDEX lookups_by_expiry ON jobserver.lookups USING btree (expires_at)

CREATE INDEX schedules_due ON jobserver.schedules USING btree (next_due_at) WHERE ((NOT paused) AND (next_due_at IS NOT NULL))

CREATE INDEX servers_by_last_sight ON jobserver.servers USING btree (seen_at)

CREATE OR REPLACE FUNCTION jobserver.log_state()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
    insert into jobserver.job_log (tenant, job_id, event, detail) values (new.tenant, new.id, 'state', new.state);
    return null;
end $function$

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

CREATE TRIGGER jobs_log_state AFTER UPDATE OF state ON jobserver.jobs FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION log_state()

CREATE UNIQUE INDEX audit_pkey ON jobserver.audit USING btree (tenant, no)

CREATE UNIQUE INDEX chunks_pkey ON jobserver.chunks USING btree (tenant, job_id, chunk_no)

CREATE UNIQUE INDEX erasures_pkey ON jobserver.erasures USING btree (tenant, id)

CREATE UNIQUE INDEX file_pieces_pkey ON jobserver.file_pieces USING btree (file_id, first_record, tenant)

CREATE UNIQUE INDEX files_pkey ON jobserver.files USING btree (tenant, id)

CREATE UNIQUE INDEX idempotency_keys_pkey ON jobserver.idempotency_keys USING btree (tenant, key)

CREATE UNIQUE INDEX items_pkey ON jobserver.items USING btree (job_id, seq, tenant)

CREATE UNIQUE INDEX job_inputs_pkey ON jobserver.job_inputs USING btree (tenant, job_id, source_id)

CREATE UNIQUE INDEX job_log_pkey ON jobserver.job_log USING btree (job_id, no, tenant)

CREATE UNIQUE INDEX jobs_by_unique_key ON jobserver.jobs USING btree (tenant, unique_key) WHERE ((finished_at IS NULL) AND (unique_key IS NOT NULL))

CREATE UNIQUE INDEX jobs_pkey ON jobserver.jobs USING btree (tenant, id)

CREATE UNIQUE INDEX keys_pkey ON jobserver.keys USING btree (tenant, id)

CREATE UNIQUE INDEX lanes_pkey ON jobserver.lanes USING btree (tenant, job_id, lane)

CREATE UNIQUE INDEX lookups_pkey ON jobserver.lookups USING btree (key, tenant)

CREATE UNIQUE INDEX outputs_pkey ON jobserver.outputs USING btree (job_id, first_seq, tenant)

CREATE UNIQUE INDEX protection_keys_pkey ON jobserver.protection_keys USING btree (name)

CREATE UNIQUE INDEX queues_pkey ON jobserver.queues USING btree (name)

CREATE UNIQUE INDEX schedule_runs_pkey ON jobserver.schedule_runs USING btree (tenant, schedule_id, due_at)

CREATE UNIQUE INDEX schedules_pkey ON jobserver.schedules USING btree (tenant, id)

CREATE UNIQUE INDEX servers_pkey ON jobserver.servers USING btree (id)

audit (
    tenant text not null default 'default'::text,
    no bigint not null generated always as identity,
    at timestamp with time zone not null default clock_timestamp(),
    actor text not null,
    key_id uuid,
    address text,
    action text not null,
    subject text not null,
    status smallint not null
)

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

constraint audit audit_pkey PRIMARY KEY (tenant, no)

constraint chunks chunks_counts_add_up CHECK (((item_count > 0) AND ((recorded >= 0) AND (recorded <= item_count))))

constraint chunks chunks_of_a_job FOREIGN KEY (tenant, job_id) REFERENCES jobs(tenant, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED

constraint chunks chunks_pkey PRIMARY KEY (tenant, job_id, chunk_no)

constraint erasures erasures_pkey PRIMARY KEY (tenant, id)

constraint file_pieces file_pieces_pkey PRIMARY KEY (file_id, first_record, tenant)

constraint files files_counts_add_up CHECK (((records >= 0) AND ((faulty >= 0) AND (faulty <= records)) AND (bytes >= 0)))

constraint files files_format_known CHECK ((format = ANY (ARRAY['csv'::text, 'json'::text, 'ndjson'::text])))

constraint files files_pkey PRIMARY KEY (tenant, id)

constraint idempotency_keys idempotency_keys_pkey PRIMARY KEY (tenant, key)

constraint items items_error_of_the_failed CHECK (((state = 'failed'::text) = (error_code IS NOT NULL)))

constraint items items_pkey PRIMARY KEY (job_id, seq, tenant)

constraint items items_state_known CHECK ((state = ANY (ARRAY['succeeded'::text, 'failed'::text])))

constraint job_inputs job_inputs_of_a_job FOREIGN KEY (tenant, job_id) REFERENCES jobs(tenant, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED

constraint job_inputs job_inputs_pkey PRIMARY KEY (tenant, job_id, source_id)

constraint job_log job_log_level_known CHECK ((level = ANY (ARRAY['info'::text, 'warning'::text, 'error'::text])))

constraint job_log job_log_of_a_job FOREIGN KEY (tenant, job_id) REFERENCES jobs(tenant, id) ON DELETE CASCADE

constraint job_log job_log_pkey PRIMARY KEY (job_id, no, tenant)

constraint jobs jobs_counts_add_up CHECK (((total >= 0) AND (succeeded >= 0) AND (failed >= 0) AND ((succeeded + failed) <= total)))

constraint jobs jobs_finished_with_a_time CHECK (((finished_at IS NOT NULL) = (state = ANY (ARRAY['succeeded'::text, 'partially_succeeded'::text, 'failed'::text, 'cancelled'::text, 'expired'::text]))))

constraint jobs jobs_pkey PRIMARY KEY (tenant, id)

constraint jobs jobs_priority_known CHECK ((priority = ANY (ARRAY['high'::text, 'normal'::text, 'low'::text])))

constraint jobs jobs_state_known CHECK ((state = ANY (ARRAY['scheduled'::text, 'queued'::text, 'running'::text, 'paused'::text, 'cancelling'::text, 'succeeded'::text, 'partially_succeeded'::text, 'failed'::text, 'cancelled'::text, 'expired'::text])))

constraint keys keys_pkey PRIMARY KEY (tenant, id)

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

constraint protection_keys protection_keys_pkey PRIMARY KEY (name)

constraint queues queues_pkey PRIMARY KEY (name)

constraint schedule_runs schedule_runs_of_a_schedule FOREIGN KEY (tenant, schedule_id) REFERENCES schedules(tenant, id) ON DELETE CASCADE

constraint schedule_runs schedule_runs_outcome_known CHECK ((outcome = ANY (ARRAY['submitted'::text, 'overlapped'::text, 'missed'::text, 'refused'::text])))

constraint schedule_runs schedule_runs_pkey PRIMARY KEY (tenant, schedule_id, due_at)

constraint schedules schedules_pkey PRIMARY KEY (tenant, id)

constraint schedules schedules_policies_known CHECK (((misfire = ANY (ARRAY['skip'::text, 'runOnce'::text, 'runAll'::text])) AND (overlap = ANY (ARRAY['allow'::text, 'skip'::text, 'queue'::text]))))

constraint servers servers_pkey PRIMARY KEY (id)

erasures (
    tenant text not null default 'default'::text,
    id uuid not null,
    erased_at timestamp with time zone not null default now()
)

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

idempotency_keys (
    tenant text not null default 'default'::text,
    key text not null,
    request text not null,
    fingerprint bytea not null,
    resource_id uuid not null,
    created_at timestamp with time zone not null default now()
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

job_log (
    tenant text not null default 'default'::text,
    job_id uuid not null,
    no bigint not null generated always as identity,
    at timestamp with time zone not null default clock_timestamp(),
    level text not null default 'info'::text,
    event text not null,
    detail text
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
    batched boolean not null default false,
    unique_key text,
    start_at timestamp with time zone,
    held boolean not null default false,
    schedule_id text,
    due_at timestamp with time zone,
    in_line boolean not null default false,
    priority text not null default 'normal'::text
) with (fillfactor=70)

keys (
    tenant text not null default 'default'::text,
    id uuid not null,
    name text not null,
    scopes text[] not null,
    hash bytea not null,
    created_at timestamp with time zone not null default now(),
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone
)

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

protection_keys (
    name text not null,
    content text not null
)

queues (
    name text not null,
    paused_at timestamp with time zone
)

schedule_runs (
    tenant text not null default 'default'::text,
    schedule_id text not null,
    due_at timestamp with time zone not null,
    job_id uuid,
    outcome text not null,
    detail text,
    at timestamp with time zone not null default now()
)

schedules (
    tenant text not null default 'default'::text,
    id text not null,
    cron text not null,
    time_zone text not null,
    kind text not null,
    args json not null,
    misfire text not null,
    misfire_limit integer not null,
    overlap text not null,
    jitter interval not null,
    start_at timestamp with time zone,
    end_at timestamp with time zone,
    paused boolean not null default false,
    declared boolean not null default false,
    seen_until timestamp with time zone not null,
    next_due_at timestamp with time zone,
    created_at timestamp with time zone not null default now(),
    updated_at timestamp with time zone not null default now()
)

servers (
    id uuid not null,
    name text not null,
    started_at timestamp with time zone not null default now(),
    seen_at timestamp with time zone not null default now()
)
