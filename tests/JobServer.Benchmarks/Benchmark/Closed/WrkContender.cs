using System.Globalization;
using System.Text.RegularExpressions;

namespace JobServer.Benchmarks.Benchmark.Closed;

/// <summary>wrk, a load generator in C: it loads one page for a time, each run a new process.</summary>
internal sealed partial class WrkContender(string binary, Uri page) : IContender
{
    public const string RowName = "benchmark.wrk";

    private const int Threads = 2;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan RunLimit = Duration + TimeSpan.FromSeconds(20);

    public string Name => RowName;

    public string Unit => "items/s";

    /// <summary>The contender, or what is said of it where there is none.</summary>
    /// <param name="machine">Takes the version.</param>
    public static async Task<(WrkContender? Contender, LeftOut[] LeftOut)> CreateAsync(
        Uri page,
        Dictionary<string, object?> machine,
        CancellationToken cancellationToken
    )
    {
        if (Executable.Find("wrk") is not { } binary)
        {
            return (null, [new LeftOut(RowName, "items/s", "no wrk on PATH")]);
        }

        // It says its version and ends with 1, as after a wrong option.
        await using var process = ChildProcess.Start("wrk", binary, ["-v"]);
        var version = await process.ExpectAsync(Version(), RunLimit, cancellationToken);
        machine["wrk"] = version.Groups["version"].Value;
        return (new WrkContender(binary, page), []);
    }

    public async Task<Measurement> RunAsync(Round round, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            $"-t{Threads}",
            $"-c{BenchSettings.Connections}",
            $"-d{Duration.TotalSeconds}s",
            page.AbsoluteUri,
        ];
        var output =
            await Capture.OutputAsync(binary, arguments, cancellationToken, RunLimit)
            ?? throw new IncorrectException($"{Name}: wrk {string.Join(' ', arguments)} failed");
        // Said only where there are any.
        if (
            output.Contains("Socket errors", StringComparison.Ordinal)
            || output.Contains("Non-2xx", StringComparison.Ordinal)
            || RequestsPerSecond().Match(output) is not { Success: true } match
        )
        {
            throw new IncorrectException($"{Name}: wrk says\n{output}");
        }

        var value = double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);
        return new Measurement(value, Duration.TotalSeconds, []);
    }

    [GeneratedRegex(@"^wrk (?<version>\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();

    [GeneratedRegex(
        @"^Requests/sec:\s+(?<value>[0-9.]+)\s*$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex RequestsPerSecond();
}
