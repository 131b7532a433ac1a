using Npgsql;

namespace JobServer.BatchedStorage.Writing;

/// <summary>A statement for what is seldom written: hashes, lists, sets as a whole.</summary>
internal sealed class RareOperation(string sql, params object[] values)
{
    public NpgsqlBatchCommand ToCommand()
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
