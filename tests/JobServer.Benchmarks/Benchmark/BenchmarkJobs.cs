using System.Text.Json;
using System.Text.Json.Serialization;

namespace JobServer.Benchmarks.Benchmark;

/// <summary>Runs benchmark jobs through the API.</summary>
internal sealed class BenchmarkJobs(JobServerHost host) : IDisposable
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(10);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly JobServerClient _client = new(host);

    /// <param name="submission">Members that are null are left out.</param>
    /// <param name="items">Its rounds, those of all contenders.</param>
    /// <returns>The job, every round of which was measured.</returns>
    public async Task<JsonElement> RunAsync(object submission, int items, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(submission, Json);
        var accepted = await _client.SubmitAsync("benchmark", body, cancellationToken);
        var job = await _client.FinishedAsync(accepted, RunLimit, cancellationToken);
        await _client.CheckAsync(job, items, cancellationToken);
        return job;
    }

    public async Task<JobReport> ReportAsync(JsonElement job, CancellationToken cancellationToken) =>
        new(await _client.ReportAsync(JobServerClient.IdOf(job), cancellationToken));

    /// <summary>The values of all items, in order.</summary>
    public async Task<IReadOnlyList<JsonElement>> ValuesAsync(JsonElement job, CancellationToken cancellationToken)
    {
        var values = new List<JsonElement>();
        await _client.ReadResultLinesAsync(
            JobServerClient.IdOf(job),
            line => values.Add(JsonElement.Parse(line).GetProperty("value")),
            cancellationToken
        );
        return values;
    }

    public void Dispose() => _client.Dispose();
}
