-- Answers to lookups: one call for each key, whichever record, lane or job asks. Nobody refers to them; they expire.

create table jobserver.lookups (
    tenant text not null default 'default',
    -- SHA-256 over all that decides the answer.
    key bytea not null,
    -- Who makes the call, and until when it is believed to be alive; an answer clears both.
    claimed_by uuid,
    claimed_until timestamptz,
    -- Null while there is no answer. An older answer stays readable while the next one is on its way.
    answered_at timestamptz,
    -- From then on the row goes, unless it is claimed or an unfinished job may still use its answer.
    expires_at timestamptz not null,
    -- UTF-8 JSON as selected; null when the lookup failed.
    value bytea,
    error_code text,
    error_detail text,
    error_host text,
    primary key (key, tenant),
    constraint lookups_claims_end check ((claimed_by is null) = (claimed_until is null)),
    constraint lookups_answers_whole check (
        case when answered_at is null then value is null and error_code is null else (value is null) = (error_code is not null) end
    )
) with (fillfactor = 70);

create index lookups_by_expiry on jobserver.lookups (expires_at);

do $$ begin
    alter table jobserver.lookups alter column value set compression lz4;
exception when feature_not_supported then null;
end $$;
