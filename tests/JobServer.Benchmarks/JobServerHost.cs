using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace JobServer.Benchmarks;

/// <summary>A JobServer to measure: started for this run with its own PostgreSQL, or one that already runs.</summary>
internal sealed partial class JobServerHost : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SettleSample = TimeSpan.FromMilliseconds(250);
    private const string KeyVariable = "JOBSERVER_KEY";
    private const double IdleCpuSeconds = 0.02;

    private readonly ChildProcess? _process;

    private JobServerHost(Uri address, string key, ChildProcess? process)
    {
        Address = address;
        Key = key;
        _process = process;
    }

    public Uri Address { get; }

    /// <summary>An admin key of it.</summary>
    public string Key { get; }

    /// <summary>Null when the host runs elsewhere.</summary>
    public int? Pid => ProcessFigures.Available ? _process?.Id : null;

    /// <summary>The one at the address, or without any one of its own in the folder of the run.</summary>
    public static Task<JobServerHost> OpenAsync(
        string? address,
        TempFolder temp,
        CancellationToken cancellationToken
    ) =>
        address is null
            ? StartAsync(Path.Combine(temp.Path, "pg"), cancellationToken)
            : AtAsync(address, cancellationToken);

    private static async Task<JobServerHost> AtAsync(string address, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
        {
            throw new MissingException($"an address such as http://127.0.0.1:5080 for --host, not '{address}'");
        }

        if (Environment.GetEnvironmentVariable(KeyVariable) is not { Length: > 0 } key)
        {
            throw new MissingException($"a key of the host in {KeyVariable}");
        }

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = AnswerLimit })
        {
            Timeout = AnswerLimit,
        };
        try
        {
            using var answer = await client.GetAsync(new Uri(uri, "/health/live"), cancellationToken);
            return new JobServerHost(uri, key, null);
        }
        catch (Exception fault)
            when (fault is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new MissingException($"a host that answers at {uri}: {fault.Message}");
        }
    }

    /// <param name="dataFolder">Where its PostgreSQL keeps its data.</param>
    /// <param name="cancellationToken">Ends the wait for the host to be ready.</param>
    private static async Task<JobServerHost> StartAsync(string dataFolder, CancellationToken cancellationToken)
    {
        var assembly = Path.Combine(
            Repository.Root(),
            "artifacts",
            "bin",
            "JobServer",
            Repository.Configuration,
            "JobServer.dll"
        );
        if (!File.Exists(assembly))
        {
            throw new MissingException($"{assembly}; build it, or name a running host with --host");
        }

        var key = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        var process = ChildProcess.Start(
            "JobServer",
            ChildProcess.Dotnet,
            [assembly],
            environment => Prepare(environment, dataFolder, key)
        );
        try
        {
            var ready = await process.ExpectAsync(ListeningOn(), StartLimit, cancellationToken);
            return new JobServerHost(new Uri(ready.Groups["url"].Value), key, process);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the host and its PostgreSQL are idle, so that what they put off is not charged to the next run.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        if (Pid is not { } pid)
        {
            return;
        }

        var before = CpuSeconds(pid);
        for (var waited = TimeSpan.Zero; waited < SettleLimit; waited += SettleSample)
        {
            await Task.Delay(SettleSample, cancellationToken);
            var now = CpuSeconds(pid);
            if (now - before <= IdleCpuSeconds)
            {
                return;
            }

            before = now;
        }
    }

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static double CpuSeconds(int pid) => ProcessFigures.CpuSeconds(pid) + ProcessFigures.CpuSecondsBelow(pid);

    private static void Prepare(IDictionary<string, string?> environment, string dataFolder, string key)
    {
        environment["DOTNET_ENVIRONMENT"] = "Development";
        environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        environment.Remove("ASPNETCORE_URLS");
        environment["Urls"] = "http://127.0.0.1:0";
        environment["Auth__BootstrapKey"] = key;
        environment["Embedded__DataDir"] = dataFolder;
        environment["Outbound__AllowedNetworks__0"] = "127.0.0.0/8";
        environment["Jobs__Benchmark__AllowedHosts"] = "127.0.0.1";
        environment["Logging__LogLevel__Default"] = "Warning";
        // A database of the caller's would be measured, and filled, in place of the embedded one.
        environment.Remove("ConnectionStrings__JobServer");
        environment.Remove("ConnectionStrings__JobServerDirect");
    }

    [GeneratedRegex(
        @"listening on (?<url>http://\S+)",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex ListeningOn();
}
