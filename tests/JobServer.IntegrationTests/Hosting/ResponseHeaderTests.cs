using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Hosting;

public sealed class ResponseHeaderTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/jobs", "default-src 'none'; base-uri 'none'; form-action 'none'")]
    [InlineData("/v1/jobs?limit=x", "default-src 'none'; base-uri 'none'; form-action 'none'")]
    [InlineData("/nowhere", "default-src 'none'; base-uri 'none'; form-action 'none'")]
    [InlineData("/health/live", "default-src 'none'; base-uri 'none'; form-action 'none'")]
    [InlineData("/sign-in", "default-src 'none'; script-src 'self'; style-src 'self'; ")]
    [InlineData("/hangfire/ledger", "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'")]
    [InlineData("/scalar", "default-src 'none'; script-src 'self' 'unsafe-inline'")]
    public async Task Browsers_are_told_what_not_to_do(string path, string policy)
    {
        using var response = await running.Host.Http.GetAsync(path, Cancel);

        var headers = response.Headers;
        Assert.StartsWith(policy, headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.EndsWith(
            "frame-ancestors 'none'",
            headers.GetValues("Content-Security-Policy").Single(),
            StringComparison.Ordinal
        );
        Assert.Equal("nosniff", headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("same-origin", headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.True(headers.CacheControl?.NoStore is true || path.StartsWith("/hangfire", StringComparison.Ordinal));
        Assert.False(headers.Contains("Server"));
    }
}
