namespace JobServer.BatchedStorage.Writing;

/// <summary>Statements for what is seldom written. Times are the database's.</summary>
internal sealed class RareSql(string schema)
{
    public string AddToSet { get; } =
        $"""
            insert into {schema}.set (key, value, score) values ($1, $2, $3)
            on conflict (key, value) do update set score = excluded.score
            """;

    public string RemoveFromSet { get; } = $"delete from {schema}.set where key = $1 and value = $2";
    public string RemoveSet { get; } = $"delete from {schema}.set where key = $1";
    public string ExpireSet { get; } = $"update {schema}.set set expireat = now() + $2 where key = $1";
    public string PersistSet { get; } = $"update {schema}.set set expireat = null where key = $1";

    public string InsertToList { get; } = $"insert into {schema}.list (key, value) values ($1, $2)";
    public string RemoveFromList { get; } = $"delete from {schema}.list where key = $1 and value = $2";
    public string ExpireList { get; } = $"update {schema}.list set expireat = now() + $2 where key = $1";
    public string PersistList { get; } = $"update {schema}.list set expireat = null where key = $1";

    /// <summary>Keeps so many ($3) from this one ($2) on, in the order of insertion.</summary>
    public string TrimList { get; } =
        $"""
            delete from {schema}.list where key = $1
                and id not in (select id from {schema}.list where key = $1 order by id offset $2 limit $3)
            """;

    public string SetInHash { get; } =
        $"""
            insert into {schema}.hash (key, field, value) values ($1, $2, $3)
            on conflict (key, field) do update set value = excluded.value
            """;

    public string RemoveHash { get; } = $"delete from {schema}.hash where key = $1";
    public string ExpireHash { get; } = $"update {schema}.hash set expireat = now() + $2 where key = $1";
    public string PersistHash { get; } = $"update {schema}.hash set expireat = null where key = $1";
}
