using JobServer.IntegrationTests.BatchedStorage.Faults;

namespace JobServer.IntegrationTests.Faults;

/// <summary>What an administrator of a PostgreSQL does to those who use it.</summary>
internal static class ServerFaults
{
    private const string EndAll = """
        select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where pid <> pg_backend_pid() and backend_type = 'client backend'
        """;

    public static Task EndSessionsAsync(this OwnServer server, CancellationToken cancellationToken) =>
        Sql.RunAsync(server.ConnectionString, cancellationToken, EndAll);

    /// <summary>For sessions new and old.</summary>
    public static Task RefuseWritesAsync(this OwnServer server, CancellationToken cancellationToken) =>
        Sql.RunAsync(
            server.ConnectionString,
            cancellationToken,
            "alter database jobserver set default_transaction_read_only = on",
            EndAll
        );

    public static Task AllowWritesAsync(this OwnServer server, CancellationToken cancellationToken) =>
        Sql.RunAsync(
            server.ConnectionString,
            cancellationToken,
            "set default_transaction_read_only = off",
            "alter database jobserver reset default_transaction_read_only",
            EndAll
        );
}
