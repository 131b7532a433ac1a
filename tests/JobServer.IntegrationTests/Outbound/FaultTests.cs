using System.Net;
using System.Net.Sockets;
using JobServer.Outbound;

namespace JobServer.IntegrationTests.Outbound;

public sealed class FaultTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "connection_lost")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "connection_lost")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", "invalid_response")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A", "connection_lost")]
    [InlineData("", "connection_lost")]
    [InlineData("220 mail.example ESMTP\r\n\r\n", "invalid_response")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "invalid_response")]
    public async Task Answer_that_breaks_off_or_is_no_http_has_its_code(string answer, string code)
    {
        await using var server = new RawServer(
            async (stream, _, token) =>
            {
                await RawServer.WriteAsync(stream, answer, token);
                throw new IOException("closes the connection");
            }
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");

        var fault = await outbound.FailAsync(server.Url());

        Assert.Equal(code, fault.Code);
    }

    [Fact]
    public async Task Headers_beyond_the_limit_are_an_invalid_response_that_names_the_setting()
    {
        await using var server = new RawServer(_ => RawServer.Ok("", $"X-A: {new string('a', 70 * 1024)}\r\n"));
        using var outbound = new OutboundFixture("127.0.0.0/8");

        var fault = await outbound.FailAsync(server.Url());

        Assert.Equal("invalid_response", fault.Code);
        Assert.Contains("Outbound:MaxResponseHeadersKilobytes", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_connection_is_a_connect_failure()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        using var outbound = new OutboundFixture("127.0.0.0/8");

        var fault = await outbound.FailAsync(new Uri($"http://127.0.0.1:{port}/"));

        Assert.Equal("connect_failed", fault.Code);
        Assert.Equal("The connection was refused.", fault.Detail);
    }

    [Theory]
    [InlineData(SocketError.HostNotFound)]
    [InlineData(SocketError.TryAgain)]
    public async Task Name_that_does_not_resolve_is_a_dns_failure(SocketError error)
    {
        using var outbound = new OutboundFixture(
            new OutboundOptions(),
            new HostResolver(_ => throw new SocketException((int)error))
        );

        Assert.Equal("dns_failed", (await outbound.FailAsync(new Uri("http://nowhere.example/"))).Code);
    }

    [Theory]
    [InlineData("")] // never a word
    [InlineData("HTTP/1.1 200 OK\r\nX-A: ")] // stops within the headers
    public async Task Slow_headers_are_given_up_when_the_token_says_so(string answer)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new RawServer(
            async (stream, _, token) =>
            {
                await RawServer.WriteAsync(stream, answer, token);
                asked.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
            }
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var call = outbound.Client.GetAsync(new OutboundRequest(server.Url()), limit.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        await limit.CancelAsync();

        var given = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal("timeout", OutboundFaults.Code(given));
    }

    [Fact]
    public async Task Slow_body_is_given_up_when_the_token_says_so()
    {
        await using var server = new RawServer(
            async (stream, _, token) =>
            {
                await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", token);
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
            }
        );
        using var outbound = new OutboundFixture("127.0.0.0/8");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var response = await outbound.GetAsync(server.Url());

        var reading = response.ReadBodyAsync(1000, limit.Token).AsTask();
        await limit.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }
}
