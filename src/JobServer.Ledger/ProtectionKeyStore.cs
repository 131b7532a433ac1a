using Npgsql;

namespace JobServer.Ledger;

/// <summary>Rows of <c>protection_keys</c>. Blocks: who asks for them cannot await.</summary>
public sealed class ProtectionKeyStore(NpgsqlDataSource database)
{
    /// <summary>All of them, as they were given.</summary>
    public IReadOnlyList<string> Read()
    {
        using var command = database.CreateCommand("select content from jobserver.protection_keys order by name");
        using var row = command.ExecuteReader();
        var contents = new List<string>();
        while (row.Read())
            contents.Add(row.GetString(0));
        return contents;
    }

    /// <summary>Keeps one; what has its name already stays.</summary>
    public void Write(string name, string content)
    {
        using var command = database.CreateCommand(
            "insert into jobserver.protection_keys (name, content) values (@name, @content) on conflict (name) do nothing"
        );
        command.Parameters.With("name", name).With("content", content);
        command.ExecuteNonQuery();
    }
}
