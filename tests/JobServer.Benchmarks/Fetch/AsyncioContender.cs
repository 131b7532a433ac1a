using System.Text.RegularExpressions;

namespace JobServer.Benchmarks.Fetch;

/// <summary>asyncio with aiohttp, each run a new interpreter: it has nothing to warm.</summary>
internal sealed partial class AsyncioContender(string python, string manifest, int concurrency, int urls) : IContender
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(10);
    private static readonly string[] Candidates = ["python3", "/usr/bin/python3"];

    public string Name => "fetch.asyncio";

    public string Unit => "items/s";

    /// <summary>The first interpreter that can import aiohttp, and its versions.</summary>
    public static async Task<(string Python, string Versions)?> FindAsync(CancellationToken cancellationToken)
    {
        const string Versions =
            "import sys, aiohttp; print('Python', sys.version.split()[0] + ', aiohttp', aiohttp.__version__)";
        foreach (var candidate in Candidates)
        {
            if (await Capture.OutputAsync(candidate, ["-c", Versions], cancellationToken) is { } found)
            {
                return (candidate, found);
            }
        }

        return null;
    }

    public static LeftOut Absent() =>
        new("fetch.asyncio", "items/s", $"no python3 that can import aiohttp (tried {string.Join(", ", Candidates)})");

    public async Task<Measurement> RunAsync(Round round, CancellationToken cancellationToken)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Fetch", "asyncio_fetch.py");
        await using var process = ChildProcess.Start("asyncio", python, [script, manifest, $"{concurrency}"]);
        var line = await process.ExpectAsync(AnyJson(), RunLimit, cancellationToken);
        return ChildRun.Parse(line.Value).Checked("asyncio", urls);
    }

    [GeneratedRegex(@"^\{.*\}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AnyJson();
}
