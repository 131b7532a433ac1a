using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

/// <summary>Short forms for tests that run a benchmark and look at what it found.</summary>
internal static class BenchmarkScenario
{
    public const string Path = "/v1/jobs/benchmark";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Submits a benchmark that must be accepted; returns its id.</summary>
    public static async Task<string> CompareAsync(this HttpClient http, object submission)
    {
        using var response = await http.PostAsJsonAsync(Path, submission, Cancel);
        var body = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, body);
        return JsonElement.Parse(body).Id();
    }

    /// <summary>Submits a benchmark and waits for its end; returns the job.</summary>
    public static async Task<JsonElement> RunBenchmarkAsync(this HttpClient http, object submission)
    {
        var id = await http.CompareAsync(submission);
        return await new JobClient(http).WaitForEndAsync(id, Cancel);
    }

    public static Task<JsonElement> ReportAsync(this HttpClient http, string id) =>
        http.GetFromJsonAsync<JsonElement>($"/v1/jobs/{id}/report", Cancel);

    /// <summary>What a report says of one contender.</summary>
    public static JsonElement Contender(this JsonElement report, string name) =>
        report
            .GetProperty("families")
            .EnumerateArray()
            .SelectMany(family => family.GetProperty("strategies").EnumerateArray())
            .First(strategy => strategy.GetProperty("name").GetString() == name);

    public static string Text(this JsonElement element, string member) => element.GetProperty(member).GetString()!;

    public static int Int(this JsonElement element, string member) => element.GetProperty(member).GetInt32();

    public static string[] Texts(this JsonElement element, string member) =>
        [.. element.GetProperty(member).EnumerateArray().Select(text => text.GetString()!)];
}
