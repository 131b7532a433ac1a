using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Events;

public sealed class ResumeTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task More_states_than_a_host_keeps_arrive_each_once_and_in_order_however_often_the_client_is_cut_off()
    {
        const int pauses = 150;
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        var submission = new { urls = new[] { "http://127.0.0.1:1/" } };
        var id = (await new JobClient(host.Http).SubmitAsync(submission, Cancel)).Id();
        // Holds the job's feed open, so that those who come again find what it keeps and no more.
        await using var steady = await EventStream.OpenAsync(host.Http, id, Cancel);
        await steady.NextAsync();
        for (var pause = 0; pause < pauses; pause++)
        {
            await database.ExecuteAsync(
                "update jobserver.jobs set state = 'paused'; update jobserver.jobs set state = 'queued'",
                Cancel
            );
        }

        var states = new List<string?>();
        string? lastEventId = null;
        while (states.Count <= 2 * pauses)
        {
            await using var stream = await EventStream.OpenAsync(host.Http, id, Cancel, lastEventId);
            for (var left = random.Next(1, 60); left > 0 && states.Count <= 2 * pauses; left--)
            {
                if ((await stream.NextAsync())!.State is { } state)
                    states.Add(state);
            }

            lastEventId = stream.LastEventId;
        }

        using var cancelled = await host.Http.PostAsync($"/v1/jobs/{id}/cancel", content: null, Cancel);
        await using var final = await EventStream.OpenAsync(host.Http, id, Cancel, lastEventId);
        states.AddRange((await final.ToEndAsync()).Select(next => next.State).OfType<string>());

        var expected = Enumerable.Repeat(new[] { "paused", "queued" }, pauses).SelectMany(pair => pair);
        Assert.Equal(["queued", .. expected, "cancelled", "cancelled"], states);
        var steadily = (await steady.ToEndAsync()).Select(next => next.State).OfType<string>();
        Assert.Equal([.. expected, "cancelled", "cancelled"], steadily);
    }
}
