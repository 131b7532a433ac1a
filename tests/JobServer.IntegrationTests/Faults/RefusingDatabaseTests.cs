using System.Net;
using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.EmbeddedPostgres;
using JobServer.IntegrationTests.Fixtures;
using Npgsql;

namespace JobServer.IntegrationTests.Faults;

/// <summary>A PostgreSQL that is there, and refuses what is asked of it.</summary>
public sealed class RefusingDatabaseTests(StoppedCluster stopped, ITestOutputHelper output)
{
    private const int Jobs = 60;

    private const string EndOthers = """
        select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where pid <> pg_backend_pid() and backend_type = 'client backend'
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task Read_only_times_lose_and_double_nothing() =>
        RunAsync(
            async (server, refused) =>
            {
                await Sql.RunAsync(
                    server.ConnectionString,
                    Cancel,
                    "alter database jobserver set default_transaction_read_only = on",
                    EndOthers
                );
                await refused();
                await Sql.RunAsync(
                    server.ConnectionString,
                    Cancel,
                    "set default_transaction_read_only = off",
                    "alter database jobserver reset default_transaction_read_only",
                    EndOthers
                );
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
        var seed = Seed.Print(output);
        await using var server = await OwnServer.StartAsync(stopped, Cancel);
        await using var peer = await Peer.StartAsync();
        await using var node = await Node.StartAsync(server.ConnectionString, null, Cancel);
        var record = new ClientRecord("refused");
        await using (var load = new Load(record, () => node.Host.Http, peer.Url, seed))
        {
            load.Ask(Jobs);
            await load.WaitForAsync(Jobs / 3, Cancel);
            await disturb(server, () => RefusedAsync(node, record));
            load.Ask(Jobs);
            await load.WaitForAsync(2 * Jobs, Cancel);
        }

        var verdict = await new LedgerCheck(record, node.Host.Http, peer).RunAsync(TimeSpan.FromMinutes(2), Cancel);
        verdict.AssertWhole(output);
        await HangfireRows.AssertAtRestAsync(server.ConnectionString, Cancel);
    }

    /// <summary>Waits until clients were told that the database is away.</summary>
    private static async Task RefusedAsync(Node node, ClientRecord record)
    {
        var client = new Client(record, () => node.Host.Http, "http://127.0.0.1:9");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        var before = record.Refused.GetValueOrDefault($"{(int)HttpStatusCode.ServiceUnavailable}");
        for (var refused = 0; refused < 20; )
        {
            await Task.Delay(20, limit.Token);
            if (await client.SubmitAsync(record.Begin("fetch", 1, hasKey: false), 0, limit.Token))
                continue;
            refused = record.Refused.GetValueOrDefault($"{(int)HttpStatusCode.ServiceUnavailable}") - before;
        }
    }
}
