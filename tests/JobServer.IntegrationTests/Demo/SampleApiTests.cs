using System.Net;
using System.Text.Json;
using JobServer.Hosting.Demo;
using JobServer.Hosting.Demo.Enrichment;

namespace JobServer.IntegrationTests.Demo;

public sealed class SampleApiTests : IAsyncLifetime
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    private SampleApi _sample = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _sample = await SampleApi.StartAsync("http://127.0.0.1:0", Cancel);

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return _sample.DisposeAsync();
    }

    [Fact]
    public async Task It_serves_what_the_rows_of_the_demo_must_be_given()
    {
        var plan = new EnrichmentPlan(_sample.Address, "run");
        foreach (var row in plan.Rows.Where(row => row.Added is not null))
        {
            using var answer = await GetAsync(row.Email!);
            var person = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(Cancel), default, Cancel);

            Assert.Equal(row.Added!.City, person.RootElement.GetProperty("address").GetProperty("city").GetString());
            Assert.Equal(row.Added.Phone, person.RootElement.GetProperty("phones")[0].GetString());
        }
    }

    [Fact]
    public async Task Whom_it_does_not_know_is_not_found()
    {
        using var answer = await GetAsync("nobody@example.org");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task It_counts_the_calls_for_each_person_whatever_the_query()
    {
        using var first = await GetAsync("jörg+a@example.org");
        using var second = await _http.GetAsync(
            new Uri(_sample.Address, "/people/j%C3%B6rg%2Ba%40example.org?again"),
            Cancel
        );

        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal(new Dictionary<string, int> { ["/people/jörg+a@example.org"] = 2 }, _sample.Calls);
    }

    private Task<HttpResponseMessage> GetAsync(string email) =>
        _http.GetAsync(new Uri(_sample.Address, $"/people/{Uri.EscapeDataString(email)}?run=1"), Cancel);
}
