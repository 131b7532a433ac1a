using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.EmbeddedPostgres;
using Npgsql;

namespace JobServer.IntegrationTests.Faults;

/// <summary>A PostgreSQL that is there, and refuses what is asked of it.</summary>
public sealed class RefusingDatabaseTests(StoppedCluster stopped, ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task Read_only_times_lose_and_double_nothing() =>
        RunAsync(
            async (server, refused) =>
            {
                await server.RefuseWritesAsync(Cancel);
                await refused();
                await server.AllowWritesAsync(Cancel);
            }
        );

    [Fact]
    public Task Times_without_a_free_connection_lose_and_double_nothing() =>
        RunAsync(
            async (server, refused) =>
            {
                await Sql.RunAsync(
                    server.ConnectionString,
                    Cancel,
                    "create role guest login superuser password 'guest'"
                );
                var guest = new NpgsqlConnectionStringBuilder(server.ConnectionString)
                {
                    Username = "guest",
                    Password = "guest",
                };
                var taken = new List<NpgsqlConnection>();
                // Whoever is thrown out comes back at once, where there is still room.
                do await TakeAllAsync(guest.ConnectionString, taken);
                while (await EndHostsAsync(taken[0]) > 0);
                await refused();
                foreach (var connection in taken)
                    await connection.DisposeAsync();
            }
        );

    [Fact]
    public Task Deadlocks_and_serialization_failures_lose_and_double_nothing() =>
        RunAsync(
            (server, _) =>
                // Every tenth statement that writes jobs, items or chunks ends as if another had been in its way.
                Sql.RunAsync(
                    server.ConnectionString,
                    Cancel,
                    "create sequence disturbed",
                    """
                    create function disturb() returns trigger language plpgsql as $$
                    begin
                        case nextval('disturbed') % 20
                            when 0 then raise exception 'deadlock detected' using errcode = '40P01';
                            when 10 then raise exception 'could not serialize access' using errcode = '40001';
                            else return null;
                        end case;
                    end $$
                    """,
                    "create trigger disturb before insert or update on jobserver.jobs for each statement execute function disturb()",
                    "create trigger disturb before insert on jobserver.items for each statement execute function disturb()",
                    "create trigger disturb before update on jobserver.chunks for each statement execute function disturb()"
                )
        );

    private static async Task<long> EndHostsAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where usename = 'jobserver'",
            connection
        );
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private static async Task TakeAllAsync(string guest, List<NpgsqlConnection> taken)
    {
        while (true)
        {
            try
            {
                taken.Add(await Sql.OpenAsync(guest, Cancel));
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                return;
            }
        }
    }

    private async Task RunAsync(Func<OwnServer, Func<Task>, Task> disturb)
    {
        await using var server = await OwnServer.StartAsync(stopped, Cancel);
        await DisturbedLoad.RunAsync(server, refused => disturb(server, refused), output, Cancel);
    }
}
