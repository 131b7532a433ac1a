using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using Microsoft.AspNetCore.Http;

namespace JobServer.IntegrationTests.Jobs.Durability;

public sealed class KilledEnrichmentTests(TestCluster cluster, ITestOutputHelper output)
{
    private const int Kills = 10;
    private const int Rows = 20_000;

    // Rows in a row share one; of all keys as many are answered as there were kills, so that none comes too late.
    private const int Keys = 4_000;
    private const int Stages = Kills + 1;

    private const int RaggedEvery = 997;
    private const int Ragged = (Rows - 1) / RaggedEvery + 1;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_kills_lose_no_row_and_bring_none_twice()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        var stages = Enumerable.Range(0, Stages).Select(_ => new TaskCompletionSource()).ToArray();
        peer.Answers["/key"] = async http =>
        {
            var key = int.Parse(http.Request.Query["n"]!);
            await stages[StageOf(key)].Task.WaitAsync(http.RequestAborted);
            await Task.Delay(10, http.RequestAborted);
            await http.Response.WriteAsJsonAsync(new { n = key }, http.RequestAborted);
        };
        stages[0].SetResult();
        var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        try
        {
            var id = await SubmitAsync(host.Http, peer);
            for (var kill = 1; kill <= Kills; kill++)
            {
                // In the middle of a stage, and all before it is recorded: else a slow machine may see a chunk killed
                // three times without a result, which fails it and rightly so.
                await database.WaitForAsync(
                    $"select succeeded + failed > {RowsBefore(kill - 1) + Ragged} from jobserver.jobs",
                    Cancel
                );
                await Task.Delay(random.Next(0, 300), Cancel);
                await host.KillAsync();
                await host.DisposeAsync();
                Assert.Equal("running", await database.QueryAsync<string>("select state from jobserver.jobs", Cancel));
                stages[kill].SetResult();
                host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
            }

            var job = await new JobClient(host.Http).WaitForEndAsync(id, Cancel);

            Assert.Equal("partially_succeeded", job.State());
            Assert.Equal((Rows - Ragged, Ragged), (job.Progress("succeeded"), job.Progress("failed")));
            var lines = await new JobClient(host.Http).ResultsAsync(id, Cancel);
            Assert.Equal(Rows, lines.Count);
            foreach (var (row, line) in lines.Index())
                AssertIsRow(line, row);
            output.WriteLine($"calls {peer.Calls.Values.Sum()} for {Keys} keys");
        }
        finally
        {
            await host.DisposeAsync();
        }
    }

    private static int StageOf(int key) => key * Stages / Keys;

    private static int RowsBefore(int stage) =>
        Enumerable.Range(0, Rows).Count(row => StageOf(row * Keys / Rows) < stage);

    private static void AssertIsRow(JsonElement line, int row)
    {
        Assert.Equal(row, line.GetProperty("seq").GetInt32());
        if (row % RaggedEvery == 0)
        {
            Assert.Equal("ragged_row", line.ErrorCode());
            Assert.Equal($"[\"{row}\"]", line.GetProperty("value").GetRawText());
            return;
        }

        var value = line.GetProperty("value");
        Assert.Equal($"{row}", value.GetProperty("id").GetString());
        Assert.Equal(row * Keys / Rows, value.GetProperty("n").GetInt32());
    }

    private static async Task<string> SubmitAsync(HttpClient http, Peer peer)
    {
        var csv = new StringBuilder("id,key\n");
        for (var row = 0; row < Rows; row++)
            csv.Append(row).Append(row % RaggedEvery == 0 ? "" : $",{row * Keys / Rows}").Append('\n');
        using var body = new StringContent(csv.ToString(), Encoding.UTF8, "text/csv");
        using var uploaded = await http.PostAsync("/v1/files", body, Cancel);
        var fileId = (await uploaded.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Id();
        object[] steps =
        [
            new { type = "processedAt" },
            new
            {
                type = "lookup",
                url = $"{peer.Url}/key?n={{key}}",
                select = new { n = "$.n" },
            },
        ];
        var options = new
        {
            concurrency = 12,
            perHostConcurrency = 12,
            itemTimeout = "00:05:00",
        };
        using var accepted = await http.PostAsJsonAsync(
            "/v1/jobs/enrichment",
            new
            {
                input = new { fileId },
                steps,
                batchSize = 100,
                options,
            },
            Cancel
        );
        return (await accepted.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Id();
    }
}
