using System.Globalization;
using Npgsql;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>What is really in the tables of one schema.</summary>
public sealed class StorageRows(string connectionString, string schema)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _connectionString = new NpgsqlConnectionStringBuilder(connectionString)
    {
        SearchPath = schema,
        Enlist = false,
    }.ConnectionString;

    /// <summary>Rows of a query, their columns joined by bars; null is a dash.</summary>
    public List<string> Read(string sql, params ReadOnlySpan<object> values)
    {
        using var connection = new NpgsqlConnection(_connectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        using var row = command.ExecuteReader();
        var rows = new List<string>();
        while (row.Read())
        {
            var columns = Enumerable
                .Range(0, row.FieldCount)
                .Select(i => row.IsDBNull(i) ? "-" : Convert.ToString(row.GetValue(i), CultureInfo.InvariantCulture));
            rows.Add(string.Join('|', columns));
        }

        return rows;
    }

    /// <summary>The only column of the only row; a dash without one.</summary>
    public string One(string sql, params ReadOnlySpan<object> values) => Read(sql, values) is [var one, ..] ? one : "-";

    public string StateOf(string id) => One("select statename from job where id = $1", Number(id));

    /// <summary>Names of all states it was in, oldest first.</summary>
    public string HistoryOf(string id) =>
        string.Join(' ', Read("select name from state where jobid = $1 order by id", Number(id)));

    public string ReasonOf(string id) =>
        One("select s.reason from job j join state s on s.id = j.stateid where j.id = $1", Number(id));

    public string QueueOf(string id) =>
        string.Join(' ', Read("select queue from jobqueue where jobid = $1 order by id", Number(id)));

    public string Counter(string key) =>
        One(
            """
            select coalesce(sum(value), 0)::bigint from (
                select value from counter where key = $1 union all select value from aggregatedcounter where key = $1
            ) all_rows
            """,
            key
        );

    /// <summary>The job comes to this state.</summary>
    public Task ReachesAsync(string id, string state) =>
        ComesAsync(() => StateOf(id) == state, () => $"job {id} is {StateOf(id)} ({HistoryOf(id)}), not {state}");

    /// <summary>It comes to be so; otherwise this is said.</summary>
    public static async Task ComesAsync(Func<bool> condition, Func<string> otherwise)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, otherwise());
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    public static long Number(string id) => long.Parse(id, CultureInfo.InvariantCulture);
}
