using System.Net;
using System.Text.Json;

namespace JobServer.IntegrationTests.Fixtures;

/// <summary>What every refusal must be: a problem of RFC 9457 with a type of ours and a trace id.</summary>
public static class ProblemAnswer
{
    private const string TypePrefix = "urn:jobserver:problem:";

    /// <summary>Reads the answer as a problem with this status and type, and nothing else.</summary>
    public static async Task<JsonElement> ReadProblemAsync(
        this HttpResponseMessage response,
        HttpStatusCode status,
        string type,
        CancellationToken cancellationToken
    )
    {
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(status == response.StatusCode, $"{(int)response.StatusCode} instead of {(int)status}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonElement.Parse(body);
        Assert.Equal(TypePrefix + type, problem.GetProperty("type").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
        return problem;
    }

    /// <summary>The fields a problem names, in the order they were found.</summary>
    public static string[] Fields(this JsonElement problem) =>
        [.. problem.GetProperty("errors").EnumerateObject().Select(field => field.Name)];

    /// <summary>What a problem says of one field.</summary>
    public static string Fault(this JsonElement problem, string field) =>
        string.Join("; ", problem.GetProperty("errors").GetProperty(field).EnumerateArray());
}
