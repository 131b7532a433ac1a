using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using JobServer.IntegrationTests.Fixtures;
using Microsoft.AspNetCore.Http;
using static JobServer.IntegrationTests.Jobs.Fetch.FetchScenario;

namespace JobServer.IntegrationTests.Jobs.Fetch;

public sealed class PageTests(RunningHost running) : IClassFixture<RunningHost>
{
    private const string Text = "Grüße, 日本";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string?, byte[], string> Texts =>
        new()
        {
            { "text/plain", Encoding.UTF8.GetBytes(Text), Text },
            { "text/html; charset=utf-8", Encoding.UTF8.GetBytes(Text), Text },
            { "text/plain; charset=\"UTF-8\"", [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Text)], Text },
            { "text/plain; charset=iso-8859-1", Encoding.Latin1.GetBytes("Grüße"), "Grüße" },
            { "text/plain; charset=windows-1252", [0x80, 0x31], "€1" },
            { "text/plain; charset=utf-16le", Encoding.Unicode.GetBytes(Text), Text },
            { "text/plain; charset=utf-16", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Text)], Text },
            {
                "text/plain; charset=utf-16",
                [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(Text)],
                Text
            },
            { "text/plain; charset=utf-7", "a+AGE-"u8.ToArray(), "a+AGE-" },
            { "text/plain; charset=no-such-thing", Encoding.UTF8.GetBytes(Text), Text },
            { "text/plain", [0x61, 0xFF, 0x62], "a\uFFFDb" },
            { "text/plain", "a\0b"u8.ToArray(), "a\0b" },
            { "application/xml", "<a/>"u8.ToArray(), "<a/>" },
            { "application/json", "{not json"u8.ToArray(), "{not json" },
            { null, "unnamed"u8.ToArray(), "unnamed" },
            { "not a media type", "unnamed"u8.ToArray(), "unnamed" },
        };

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Text_is_kept_as_text_in_whatever_charset(string? contentType, byte[] body, string text)
    {
        var line = Assert.Single(await running.FetchAsync(Quick(), Serve(contentType, body)));

        Assert.Null(line.ErrorCode());
        Assert.Equal(text, line.Value("text").GetString());
        Assert.Equal(body.Length, line.Value("length").GetInt32());
        Assert.False(line.GetProperty("value").TryGetProperty("data", out _));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/problem+json")]
    [InlineData("text/json")]
    public async Task Json_is_kept_as_data(string contentType)
    {
        byte[] body = [.. Encoding.UTF8.Preamble, .. " {\"a\":1} \n"u8];

        var line = Assert.Single(await running.FetchAsync(Quick(), Serve(contentType, body)));

        Assert.Equal("""{"a":1}""", line.Value("data").GetRawText());
        Assert.Equal(contentType, line.Value("contentType").GetString());
        Assert.False(line.GetProperty("value").TryGetProperty("text", out _));
    }

    [Theory]
    [InlineData("image/png")]
    [InlineData("application/octet-stream")]
    [InlineData(null)]
    public async Task What_is_neither_is_known_by_its_digest(string? contentType)
    {
        var body = Enumerable.Range(0, 1000).Select(n => (byte)n).ToArray();

        var line = Assert.Single(await running.FetchAsync(Quick(), Serve(contentType, body)));

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(body)), line.Value("sha256").GetString());
        Assert.Equal(1000, line.Value("length").GetInt32());
    }

    [Fact]
    public async Task An_empty_answer_has_no_body()
    {
        var line = Assert.Single(await running.FetchAsync(Quick(), $"{running.Peer.Url}/status/204"));

        Assert.Equal((204, 0), (line.Value("status").GetInt32(), line.Value("length").GetInt32()));
        Assert.Equal(
            ["url", "finalUrl", "status", "contentType", "length", "timings"],
            line.GetProperty("value").EnumerateObject().Select(member => member.Name)
        );
    }

    [Theory]
    [InlineData(1000, null)]
    [InlineData(999, "body_too_large")]
    public async Task The_limit_of_a_body_counts_what_comes_out_of_gzip(int maxBodyBytes, string? code)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            await gzip.WriteAsync(new byte[1000], Cancel);
        var body = packed.ToArray();
        var url = running.Peer.Serve(http =>
        {
            Assert.Contains("gzip", http.Request.Headers.AcceptEncoding.ToString(), StringComparison.Ordinal);
            http.Response.ContentType = "application/octet-stream";
            http.Response.Headers.ContentEncoding = "gzip";
            return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
        });

        var line = Assert.Single(await running.FetchAsync(new { maxBodyBytes }, url));

        Assert.True(body.Length < 100);
        Assert.Equal((code, 1), (line.ErrorCode(), line.Attempts()));
    }

    [Fact]
    public async Task An_item_brings_its_own_key_and_headers()
    {
        var url = running.Peer.Serve(http =>
            http.Response.WriteAsJsonAsync(
                new
                {
                    accept = http.Request.Headers.Accept.ToString(),
                    token = http.Request.Headers["X-Token"].ToString(),
                },
                http.RequestAborted
            )
        );
        var headers = new Dictionary<string, string> { ["Accept"] = "text/csv", ["X-Token"] = "first" };
        object[] urls =
        [
            new
            {
                url,
                key = "row-1",
                headers,
            },
            url,
        ];

        var job = await running.Jobs.RunAsync(new { urls }, Cancel);

        var lines = job.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(["row-1", url], lines.Select(line => line.GetProperty("key").GetString()));
        Assert.Equal("""{"accept":"text/csv","token":"first"}""", lines[0].Value("data").GetRawText());
        Assert.Equal("""{"accept":"","token":""}""", lines[1].Value("data").GetRawText());
    }

    private string Serve(string? contentType, byte[] body) =>
        running.Peer.Serve(http =>
        {
            if (contentType is not null)
                http.Response.Headers.ContentType = contentType;
            return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
        });
}
