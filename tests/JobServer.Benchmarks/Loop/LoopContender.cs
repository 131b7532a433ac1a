using System.Text.RegularExpressions;
using JobServer.Benchmarks.Targets;

namespace JobServer.Benchmarks.Loop;

/// <summary>The plain loop, kept warm in one child process for the whole comparison.</summary>
/// <param name="bench">The benchmark it takes part in.</param>
/// <param name="manifest">What it calls, as <see cref="PageSet.WriteManifest"/> wrote it.</param>
/// <param name="concurrency">Calls at once.</param>
/// <param name="items">Calls of one run: the lines of the manifest.</param>
internal sealed partial class LoopContender(string bench, string manifest, int concurrency, int items)
    : IContender,
        IAsyncDisposable
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(10);

    private readonly ChildProcess _process = ChildProcess.Start(
        "loop",
        ChildProcess.Dotnet,
        [ChildProcess.OwnAssembly, LoopChild.Verb, manifest, $"{concurrency}"]
    );

    public string Name => $"{bench}.loop";

    public string Unit => "items/s";

    public async Task<Measurement> RunAsync(Round round, CancellationToken cancellationToken)
    {
        await _process.SendAsync("run", cancellationToken);
        var line = await _process.ExpectAsync(AnyJson(), RunLimit, cancellationToken);
        return ChildRun.Parse(line.Value).Checked(Name, items);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    [GeneratedRegex(@"^\{.*\}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AnyJson();
}
