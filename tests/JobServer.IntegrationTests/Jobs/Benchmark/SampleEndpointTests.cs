using System.Diagnostics;
using System.Net;
using JobServer.Jobs.Benchmark;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

public sealed class SampleEndpointTests : IAsyncLifetime
{
    private readonly HttpClient _client = new(new SocketsHttpHandler());
    private readonly WebApplication _app;

    public SampleEndpointTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(TimeProvider.System);
        _app = builder.Build();
        _app.MapSample();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _app.StartAsync(Cancel);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("", 100)]
    [InlineData("?bytes=0", 0)]
    [InlineData("?bytes=1", 1)]
    [InlineData("?bytes=6401", 6401)]
    [InlineData("?bytes=1048576", 1 << 20)]
    [InlineData("?bytes=70&delay=PT0.001S", 70)]
    public async Task Answer_has_the_length_asked_for_and_is_always_the_same(string query, int length)
    {
        var first = await _client.GetByteArrayAsync(Url(query), Cancel);

        Assert.Equal(length, first.Length);
        Assert.Equal(first, await _client.GetByteArrayAsync(Url(query), Cancel));
    }

    [Fact]
    public async Task Answer_is_text_after_the_delay()
    {
        var start = Stopwatch.GetTimestamp();

        using var answer = await _client.GetAsync(Url("?delay=00:00:00.200"), Cancel);

        // A timer may be some milliseconds early.
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.19, 30);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("0123456789", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?delay=10", "delay")]
    [InlineData("?delay=00:00:10.001", "delay")]
    [InlineData("?delay=", "delay")]
    [InlineData("?bytes=1048577", "bytes")]
    [InlineData("?bytes=-1", "bytes")]
    [InlineData("?bytes=1e3", "bytes")]
    [InlineData("?bytes=", "bytes")]
    [InlineData("?bytes=1&bytes=2", "bytes")]
    [InlineData("?bytes=99999999999&delay=soon", "bytes", "delay")]
    public async Task What_cannot_be_given_is_refused_with_every_fault(string query, params string[] fields)
    {
        using var answer = await _client.GetAsync(Url(query), Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.All(fields, field => Assert.Contains($"\"{field}\":[", text, StringComparison.Ordinal));
    }

    private Uri Url(string query) => new(_app.Urls.First() + SampleEndpoint.Path + query);
}
