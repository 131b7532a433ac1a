using JobServer.Jobs.Input;
using JobServer.Outbound;

namespace JobServer.Jobs.Benchmark.Submitted;

/// <summary>The member <c>urls</c>: what may be fetched, and may be benchmarked.</summary>
internal static class BenchmarkUrls
{
    private const int Max = 10_000;

    public static string[] Read(Fields submission, bool areCalled, BenchmarkHosts hosts)
    {
        var urls = submission.Strings("urls", Max, OutboundUrl.MaxLength);
        if (areCalled && urls.Length == 0 && !submission.TryGet("urls", out _))
            submission.Refuse("urls", "is required by the strategies that call: name 1 to 10000 URLs");
        else if (areCalled && urls.Length == 0)
            submission.Refuse("urls", "must hold at least one URL");
        if (!areCalled && submission.TryGet("urls", out _))
            submission.Refuse(
                "urls",
                "is called by no strategy of this benchmark; add one like io-async, or leave it out"
            );
        foreach (var (index, text) in urls.Index())
        {
            if (!OutboundUrl.TryParse(text, out var url, out var refusal))
                submission.Refuse($"urls[{index}]", $"cannot be called: {refusal}");
            else if (hosts.Refusal(url) is { } stranger)
                submission.Refuse($"urls[{index}]", stranger);
        }

        return urls;
    }
}
