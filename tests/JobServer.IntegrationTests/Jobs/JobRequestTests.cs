using System.Net;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs;

public sealed class JobRequestTests(RunningHost running) : IClassFixture<RunningHost>
{
    private const string Unknown = "/v1/jobs/01999999-0000-7000-8000-000000000000";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", Unknown)]
    [InlineData("GET", Unknown + "/results")]
    [InlineData("GET", Unknown + "/results?state=failed")]
    [InlineData("GET", Unknown + "/errors")]
    [InlineData("GET", Unknown + "/events")]
    [InlineData("GET", Unknown + "/log")]
    [InlineData("POST", Unknown + "/cancel")]
    [InlineData("POST", Unknown + "/pause")]
    [InlineData("POST", Unknown + "/resume")]
    [InlineData("POST", Unknown + "/retry")]
    [InlineData("DELETE", Unknown)]
    public async Task An_unknown_job_is_not_found(string method, string path)
    {
        using var response = await SendAsync(method, path);

        await response.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-job", Cancel);
    }

    [Theory]
    [InlineData("GET", "/v1/jobs/1")]
    [InlineData("GET", "/v1/jobs/not-an-id/results")]
    [InlineData("POST", "/v1/jobs/01999999-0000-7000-8000-00000000000g/cancel")]
    [InlineData("DELETE", "/v1/jobs/%20")]
    [InlineData("GET", "/v1/jobs/..%2f..%2fetc%2fpasswd")]
    [InlineData("GET", "/v1/nothing")]
    [InlineData("POST", "/v1/jobs/unheard-of-kind/plan")]
    public async Task A_path_that_is_none_is_not_found(string method, string path)
    {
        using var response = await SendAsync(method, path);

        await response.ReadProblemAsync(HttpStatusCode.NotFound, "not-found", Cancel);
    }

    [Theory]
    [InlineData("PUT", "/v1/jobs")]
    [InlineData("POST", "/v1/jobs")]
    [InlineData("GET", "/v1/jobs/fetch")]
    [InlineData("PATCH", Unknown)]
    [InlineData("POST", Unknown + "/results")]
    [InlineData("GET", Unknown + "/cancel")]
    [InlineData("GET", Unknown + "/pause")]
    [InlineData("GET", "/v1/queues/fetch/pause")]
    [InlineData("DELETE", "/v1/queues")]
    public async Task A_wrong_verb_is_refused_and_the_right_ones_are_named(string method, string path)
    {
        using var response = await SendAsync(method, path);

        await response.ReadProblemAsync(HttpStatusCode.MethodNotAllowed, "method-not-allowed", Cancel);
        Assert.NotEmpty(response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Bad_list_parameters_are_all_named_at_once()
    {
        using var response = await SendAsync("GET", "/v1/jobs?kind=feetch&state=done&limit=501&cursor=next&tag=%00");

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["kind", "state", "limit", "cursor", "tag"], problem.Fields());
        Assert.Equal("must be one of fetch, enrichment, benchmark", problem.Fault("kind"));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("ten")]
    [InlineData("1.5")]
    [InlineData("99999999999")]
    [InlineData("")]
    public async Task A_bad_limit_is_refused(string limit)
    {
        using var response = await SendAsync("GET", $"/v1/jobs?limit={limit}");

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["limit"], problem.Fields());
    }

    [Theory]
    [InlineData("Succeeded")]
    [InlineData("running")]
    [InlineData("%00")]
    [InlineData("")]
    public async Task A_bad_state_of_results_is_refused(string state)
    {
        using var response = await SendAsync("GET", $"{Unknown}/results?state={state}");

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal("must be one of succeeded, failed, not_run", problem.Fault("state"));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/xml, image/*")]
    [InlineData("text/csv;q=0")]
    public async Task Results_in_no_format_of_ours_are_not_acceptable(string accept)
    {
        using var response = await SendAsync("GET", $"{Unknown}/results", accept);

        var problem = await response.ReadProblemAsync(HttpStatusCode.NotAcceptable, "not-acceptable", Cancel);
        Assert.Contains("text/csv", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Unknown + "/results", "unknown-job")]
    [InlineData("/v1/nothing", "not-found")]
    public async Task A_client_that_accepts_csv_alone_is_still_told_what_is_wrong(string path, string type)
    {
        using var response = await SendAsync("GET", path, "text/csv");

        await response.ReadProblemAsync(HttpStatusCode.NotFound, type, Cancel);
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path, string? accept = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        return await running.Host.Http.SendAsync(request, Cancel);
    }
}
