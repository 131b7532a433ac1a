using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;
using Microsoft.AspNetCore.Http;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

public sealed class KilledBenchmarkTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_host_resumes_after_a_new_warm_up_and_its_broken_block_is_left_out()
    {
        const int Rounds = 6;
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        // The page hangs at its eighth call, the second contender of the second block, for as long as the host lives.
        var calls = 0;
        var page = peer.Serve(async http =>
        {
            if (Interlocked.Increment(ref calls) == 8)
                await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
            await http.Response.WriteAsync("same", http.RequestAborted);
        });
        var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        try
        {
            var id = await host.Http.CompareAsync(
                new
                {
                    strategies = new[] { "io-sequential", "io-threads" },
                    urls = new[] { page },
                    rounds = Rounds,
                    warmup = 2,
                    options = new { itemTimeout = "00:05:00" },
                }
            );
            // Two contenders, two rounds of warm-up, then a whole block and the first half of the next.
            await Until.TrueAsync(() => peer.Open == 1 && Volatile.Read(ref calls) == 8, Cancel);
            await database.WaitForAsync("select count(*) = 3 from jobserver.items", Cancel);

            await host.KillAsync();
            await host.DisposeAsync();
            host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
            await new JobClient(host.Http).WaitForEndAsync(id, Cancel);

            await database.AssertEachRecordedOnceAsync(id, 2 * Rounds, Cancel);
            // 4 + 3 and the one that hung; then 4 to warm up again, and the 9 that were missing.
            Assert.Equal(8 + 4 + 9, calls);
            var report = await host.Http.ReportAsync(id);
            Assert.Equal(2, report.GetProperty("runs").GetArrayLength());
            Assert.Equal(2, report.GetProperty("isolation").Int("brokenRounds"));
            Assert.Equal(Rounds - 1, report.Contender("io-threads").Int("rounds"));
            Assert.Equal(Rounds - 1, report.Contender("io-sequential").Int("rounds"));
            var lines = await new JobClient(host.Http).ResultsAsync(id, Cancel);
            var runs = lines.Select(line => line.GetProperty("value").Text("run")).ToList();
            Assert.Equal([3, 9], runs.CountBy(run => run).Select(run => run.Value));
            Assert.Equal(2, lines.Count(line => line.GetProperty("value").TryGetProperty("environment", out _)));
        }
        finally
        {
            await host.DisposeAsync();
        }
    }

    [Fact]
    public async Task Stopped_host_hands_its_benchmark_to_the_next_one()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        // Nothing is answered from the fourth round on until the first host has stopped.
        var (calls, stopped) = (0, new TaskCompletionSource());
        var page = peer.Serve(async http =>
        {
            if (Interlocked.Increment(ref calls) > 3)
                await stopped.Task.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("same", http.RequestAborted);
        });
        await using var first = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        var id = await first.Http.CompareAsync(
            new
            {
                strategies = new[] { "io-sequential", "io-threads" },
                urls = new[] { page },
                rounds = 6,
                warmup = 0,
                options = new { itemTimeout = "00:05:00" },
            }
        );
        await database.WaitForAsync("select count(*) = 3 from jobserver.items", Cancel);
        await using var second = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);

        Assert.Equal(0, await first.StopAsync(Cancel));
        stopped.SetResult();
        await new JobClient(second.Http).WaitForEndAsync(id, Cancel);

        await database.AssertEachRecordedOnceAsync(id, 12, Cancel);
        var report = await second.Http.ReportAsync(id);
        Assert.Equal(2, report.GetProperty("runs").GetArrayLength());
    }
}
