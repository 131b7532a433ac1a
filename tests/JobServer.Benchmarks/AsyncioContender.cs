using System.Text.RegularExpressions;

namespace JobServer.Benchmarks;

/// <summary>The asyncio script of a benchmark, each run a new interpreter: it has nothing to warm.</summary>
/// <param name="bench">The benchmark; its script is <c>asyncio_{bench}.py</c> in the folder of that name.</param>
/// <param name="python">The interpreter.</param>
/// <param name="arguments">What follows the script.</param>
/// <param name="items">How many items it must report.</param>
internal sealed partial class AsyncioContender(string bench, string python, string[] arguments, int items) : IContender
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(10);
    private static readonly string[] Candidates = ["python3", "/usr/bin/python3"];

    private readonly string _script = Path.Combine(
        AppContext.BaseDirectory,
        $"{char.ToUpperInvariant(bench[0])}{bench[1..]}",
        $"asyncio_{bench}.py"
    );

    public string Name => NameOf(bench);

    public string Unit => "items/s";

    /// <summary>The contender, or what is said of it where no interpreter can run it; neither when it is not asked for.</summary>
    /// <param name="package">What the script imports; null: any interpreter will do.</param>
    /// <param name="machine">Takes the versions.</param>
    public static async Task<(AsyncioContender? Contender, LeftOut[] LeftOut)> CreateAsync(
        string bench,
        string? package,
        string[] arguments,
        int items,
        IReadOnlyCollection<string> only,
        Dictionary<string, object?> machine,
        CancellationToken cancellationToken
    )
    {
        if (!only.Contains("asyncio", StringComparer.Ordinal))
        {
            return (null, []);
        }

        if (await FindAsync(package, cancellationToken) is not { } found)
        {
            return (null, [Absent(bench, package)]);
        }

        machine["python"] = found.Versions;
        return (new AsyncioContender(bench, found.Python, arguments, items), []);
    }

    /// <summary>The first interpreter that can import the package (null: any will do), and its versions.</summary>
    private static async Task<(string Python, string Versions)?> FindAsync(
        string? package,
        CancellationToken cancellationToken
    )
    {
        var versions =
            "import sys; print('Python', sys.version.split()[0]"
            + (package is null ? ")" : $" + ', {package}', __import__('{package}').__version__)");
        foreach (var candidate in Candidates)
        {
            if (await Capture.OutputAsync(candidate, ["-c", versions], cancellationToken) is { } found)
            {
                return (candidate, found);
            }
        }

        return null;
    }

    private static LeftOut Absent(string bench, string? package) =>
        new(
            NameOf(bench),
            "items/s",
            $"no python3{(package is null ? "" : $" that can import {package}")} (tried {string.Join(", ", Candidates)})"
        );

    public async Task<Measurement> RunAsync(Round round, CancellationToken cancellationToken)
    {
        await using var process = ChildProcess.Start("asyncio", python, [_script, .. arguments]);
        var line = await process.ExpectAsync(AnyJson(), RunLimit, cancellationToken);
        return ChildRun.Parse(line.Value).Checked(Name, items);
    }

    private static string NameOf(string bench) => $"{bench}.asyncio";

    [GeneratedRegex(@"^\{.*\}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AnyJson();
}
