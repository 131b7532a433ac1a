-- Who may ask, and who did what.

create table jobserver.keys (
    tenant text not null default 'default',
    id uuid not null,
    name text not null,
    scopes text[] not null,
    -- SHA-256 of the key, which itself is stored nowhere.
    hash bytea not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    constraint keys_pkey primary key (tenant, id)
);
-- A key is looked for before its tenant is known.
create index keys_by_id on jobserver.keys (id);

create table jobserver.audit (
    tenant text not null default 'default',
    no bigint not null generated always as identity,
    at timestamptz not null default clock_timestamp(),
    actor text not null,
    key_id uuid,
    address text,
    action text not null,
    subject text not null,
    status smallint not null,
    constraint audit_pkey primary key (tenant, no)
);
create index audit_by_age on jobserver.audit using brin (at);

-- With what hosts protect the cookies of the dashboard: any of them reads what another wrote.
create table jobserver.protection_keys (
    name text not null,
    content text not null,
    constraint protection_keys_pkey primary key (name)
);
