using System.Net;
using System.Net.Sockets;
using System.Text;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Files;

public sealed class UploadLimitTests(TestCluster cluster) : IAsyncLifetime
{
    private const int MaxBytes = 3 << 20;

    private static readonly Dictionary<string, string> Settings = new(HostProcess.NoWorkers)
    {
        ["Files__MaxBytes"] = $"{MaxBytes}",
        ["Files__MaxRecords"] = "100000",
        ["Files__MaxRatio"] = "20",
        ["Files__MaxConcurrentUploads"] = "1",
    };

    private TestDatabase _database = null!;
    private HostProcess _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(Cancel);
        _host = await HostProcess.StartAsync(_database.ConnectionString, Settings, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Bytes_are_limited_said_or_counted_also_those_that_come_out_of_gzip()
    {
        var fits = Encoding.UTF8.GetBytes("a\n" + new string('\n', MaxBytes - 2));
        byte[] tooLarge = [.. fits, (byte)'\n'];
        // Little enough that the ratio is not the reason.
        var noise = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(MaxBytes / 2 + 10));
        var zipped = FileClient.Gzip(
            Encoding.UTF8.GetBytes(string.Join('\n', noise.Chunk(1000).Select(c => new string(c))))
        );

        using var stored = await _host.Http.UploadAsync(fits, "text/csv", "", Cancel);
        using var said = await _host.Http.UploadAsync(tooLarge, "text/csv", "", Cancel);
        using var streamed = FileClient.LargeCsv(MaxBytes);
        using var counted = await _host.Http.PostAsync("/v1/files", streamed, Cancel);
        using var unzipped = await _host.Http.UploadAsync(zipped, "text/csv", "", Cancel);

        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        foreach (var refused in new[] { said, counted, unzipped })
        {
            var problem = await refused.ReadProblemAsync(
                HttpStatusCode.RequestEntityTooLarge,
                "body-too-large",
                Cancel
            );
            Assert.Contains($"{MaxBytes} bytes", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal("1 0", await _database.CountFilesAsync(Cancel));
    }

    [Fact]
    public async Task Records_are_limited()
    {
        var rows = string.Concat(Enumerable.Repeat("1\n", 100_000));

        using var refused = await _host.Http.UploadAsync("a\n" + rows + "2\n", "text/csv", "", Cancel);
        using var stored = await _host.Http.UploadAsync("a\n" + rows, "text/csv", "", Cancel);

        await refused.ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-many-records", Cancel);
        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        Assert.Equal("1 100", await _database.CountFilesAsync(Cancel));
    }

    [Fact]
    public async Task A_decompression_bomb_is_refused()
    {
        var bomb = FileClient.Gzip(
            Encoding.UTF8.GetBytes("a\n" + new string('x', 1 << 18) + new string('\n', 2 << 20))
        );

        using var response = await _host.Http.UploadAsync(bomb, "text/csv", "", Cancel, "gzip");

        await response.ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "decompression-bomb", Cancel);
        Assert.Equal("0 0", await _database.CountFilesAsync(Cancel));
    }

    [Fact]
    public async Task More_uploads_at_once_than_allowed_are_told_to_come_back()
    {
        await using (await StalledUpload.BeginAsync(_host, _database, Cancel))
        {
            using var second = await _host.Http.UploadAsync("a\n1\n", "text/csv", "", Cancel);

            await second.ReadProblemAsync(HttpStatusCode.TooManyRequests, "too-many-uploads", Cancel);
            Assert.True(second.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }

        await _database.WaitForAsync($"select not {StalledUpload.Copying}", Cancel);
        Assert.Equal("0 0", await _database.CountFilesAsync(Cancel));
    }

    [Fact]
    public async Task An_upload_that_stalls_is_given_up()
    {
        var settings = new Dictionary<string, string>(Settings) { ["Files__UploadTimeout"] = "00:00:01" };
        await using var host = await HostProcess.StartAsync(_database.ConnectionString, settings, Cancel);
        // By hand: a client of .NET reads no answer before it has sent all of its body.
        using var client = new TcpClient();
        await client.ConnectAsync(host.Http.BaseAddress!.Host, host.Http.BaseAddress.Port, Cancel);
        using var answer = new StreamReader(client.GetStream());

        await SendAsync(
            $"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {HostProcess.Key}\r\nContent-Type: text/csv\r\nContent-Length: 6\r\n\r\na\n1\n"
        );
        await ExpectAsync("HTTP/1.1 408 ");
        await ExpectAsync(":upload-timeout\"");
        // What comes late is drained, and the connection goes on.
        await SendAsync("2\nGET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await ExpectAsync("HTTP/1.1 200 ");

        Assert.Equal("0 0", await _database.CountFilesAsync(Cancel));
        await host.StopAsync(Cancel);
        Assert.True(!host.Log.Contains("fail:", StringComparison.Ordinal), host.Log);

        Task SendAsync(string text) => client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Cancel).AsTask();

        async Task ExpectAsync(string text)
        {
            string? line;
            do line = await answer.ReadLineAsync(Cancel);
            while (line?.Contains(text, StringComparison.Ordinal) == false);
            Assert.NotNull(line);
        }
    }

    [Fact]
    public async Task A_setting_out_of_its_range_ends_the_host_before_it_starts()
    {
        await using var host = HostProcess.Launch(
            _database.ConnectionString,
            new Dictionary<string, string> { ["Files__MaxRatio"] = "1" }
        );

        Assert.Equal(2, await host.WaitForExitAsync(Cancel));
        Assert.Contains("MaxRatio", host.Log, StringComparison.Ordinal);
    }
}
