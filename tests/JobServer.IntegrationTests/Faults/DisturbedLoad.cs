using System.Net;
using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Faults;

/// <summary>A host under load whose PostgreSQL is there, and at times refuses what is asked of it.</summary>
internal static class DisturbedLoad
{
    private const int Jobs = 60;

    /// <param name="disturb">Gets to wait until clients were told that the database is away.</param>
    public static async Task RunAsync(
        OwnServer server,
        Func<Func<Task>, Task> disturb,
        ITestOutputHelper output,
        CancellationToken cancellationToken
    )
    {
        var seed = Seed.Print(output);
        await using var peer = await Peer.StartAsync();
        await using var node = await Node.StartAsync(server.ConnectionString, null, cancellationToken);
        var record = new ClientRecord("disturbed");
        await using (var load = new Load(record, () => node.Host.Http, peer.Url, seed))
        {
            load.Ask(Jobs);
            await load.WaitForAsync(Jobs / 3, cancellationToken);
            await disturb(() => RefusedAsync(node, record, peer, cancellationToken));
            load.Ask(Jobs);
            await load.WaitForAsync(2 * Jobs, cancellationToken);
        }

        var check = new LedgerCheck(record, node.Host.Http, peer);
        (await check.RunAsync(TimeSpan.FromMinutes(2), cancellationToken)).AssertWhole(output);
        await HangfireRows.AssertAtRestAsync(server.ConnectionString, cancellationToken);
    }

    private static async Task RefusedAsync(
        Node node,
        ClientRecord record,
        Peer peer,
        CancellationToken cancellationToken
    )
    {
        var client = new Client(record, () => node.Host.Http, peer.Url);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
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
