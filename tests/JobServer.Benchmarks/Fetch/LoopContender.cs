using System.Text.RegularExpressions;

namespace JobServer.Benchmarks.Fetch;

/// <summary>The plain loop, kept warm in one child process for the whole comparison.</summary>
internal sealed partial class LoopContender(string manifest, int concurrency, int urls) : IContender, IAsyncDisposable
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(10);

    private readonly ChildProcess _process = ChildProcess.Start(
        "loop",
        ChildProcess.Dotnet,
        [ChildProcess.OwnAssembly, LoopChild.Verb, manifest, $"{concurrency}"]
    );

    public string Name => "fetch.loop";

    public string Unit => "items/s";

    public async Task<Measurement> RunAsync(Round round, CancellationToken cancellationToken)
    {
        await _process.SendAsync("run", cancellationToken);
        var line = await _process.ExpectAsync(AnyJson(), RunLimit, cancellationToken);
        return ChildRun.Parse(line.Value).Checked(Name, urls);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    [GeneratedRegex(@"^\{.*\}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AnyJson();
}
