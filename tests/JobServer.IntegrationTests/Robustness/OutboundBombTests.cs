using System.IO.Compression;
using System.Net;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Enrichment;
using JobServer.IntegrationTests.Jobs.Fetch;
using JobServer.IntegrationTests.Outbound;
using static JobServer.IntegrationTests.Jobs.Fetch.FetchScenario;

namespace JobServer.IntegrationTests.Robustness;

/// <summary>Bodies that stand for 256 MB, or as 10 MB of gzip for 10 GB, sent to the real host, whose memory is watched meanwhile.</summary>
public sealed class OutboundBombTests(RunningHost running) : IClassFixture<RunningHost>
{
    /// <summary>The goal is 64 MiB; a collector that is late on a loaded machine gets as much again.</summary>
    private const long MaxGrowth = 128L << 20;

    private static readonly byte[] Member = Pack(stream => new GZipStream(stream, CompressionLevel.Optimal), 256 << 20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_bomb_stops_at_the_cap(string encoding)
    {
        // 40 members, one after the other, are one gzip stream of 10 MB that stands for 10 GB.
        var (body, times) = encoding switch
        {
            "gzip" => (Member, 40),
            "deflate" => (Pack(stream => new ZLibStream(stream, CompressionLevel.Optimal), 256 << 20), 1),
            _ => (Pack(stream => new BrotliStream(stream, CompressionLevel.Fastest), 256 << 20), 1),
        };
        await using var server = new RawServer(
            async (stream, _, token) =>
            {
                var head =
                    $"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {body.Length * times}\r\n\r\n";
                await RawServer.WriteAsync(stream, head, token);
                for (var n = 0; n < times; n++)
                    await stream.WriteAsync(body, token);
            }
        );
        // Code that runs for the first time takes memory of its own.
        await running.FetchAsync(Quick(), $"{running.Peer.Url}/json/1");
        var before = ResetPeak();

        var line = Assert.Single(await running.FetchAsync(Quick(), server.Url().AbsoluteUri));
        var job = await running.EnrichAsync(
            new
            {
                input = new { records = new[] { new { a = 1 } } },
                steps = new[]
                {
                    new
                    {
                        type = "lookup",
                        url = server.Url().AbsoluteUri,
                        into = "found",
                    },
                },
            }
        );

        var growth = running.Host.PeakResidentBytes - before;
        TestContext.Current.SendDiagnosticMessage(
            $"{encoding}: {body.Length * times} bytes, grew by {growth >> 20} MiB"
        );
        Assert.Equal("body_too_large", line.ErrorCode());
        Assert.Equal("body_too_large", Assert.Single(await running.LinesAsync(job.Id())).ErrorCode());
        Assert.InRange(growth, long.MinValue, MaxGrowth);
    }

    [Fact]
    public async Task An_uploaded_bomb_is_refused()
    {
        var before = ResetPeak();
        using var content = new StreamedContent(
            async (body, token) =>
            {
                for (var n = 0; n < 40; n++)
                    await body.WriteAsync(Member, token);
            }
        );
        content.Headers.ContentType = new("text/csv");
        content.Headers.Add("Content-Encoding", "gzip");

        using var response = await running.Host.Http.PostAsync("/v1/files", content, Cancel);

        var growth = running.Host.PeakResidentBytes - before;
        TestContext.Current.SendDiagnosticMessage($"upload: grew by {growth >> 20} MiB");
        await response.ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "decompression-bomb", Cancel);
        Assert.InRange(growth, long.MinValue, MaxGrowth);
    }

    private static byte[] Pack(Func<Stream, Stream> pack, int length)
    {
        using var packed = new MemoryStream();
        using (var stream = pack(packed))
        {
            var zeros = new byte[1 << 20];
            for (var left = length; left > 0; left -= zeros.Length)
                stream.Write(zeros);
        }

        return packed.ToArray();
    }

    /// <summary>Forgets the host's highest resident memory so far; returns what it is now.</summary>
    private long ResetPeak()
    {
        File.WriteAllText($"/proc/{running.Host.ProcessId}/clear_refs", "5");
        return running.Host.ResidentBytes;
    }
}
