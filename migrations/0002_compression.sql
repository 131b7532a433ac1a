-- Pages and records are what fills the ledger. lz4 packs and unpacks them several times as fast as the default; a server
-- built without it keeps the default, and what is stored already stays as it is.
do $$ begin
    alter table jobserver.chunks alter column input set compression lz4;
    alter table jobserver.items alter column value set compression lz4;
exception when feature_not_supported then null;
end $$;
