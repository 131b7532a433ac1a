using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace JobServer.IntegrationTests.Fixtures;

/// <summary>The real host in a process of its own, to talk to by HTTP, to stop, and to kill.</summary>
public sealed partial class HostProcess : IAsyncDisposable
{
    /// <summary>Settings of a host that accepts jobs and runs none.</summary>
    public static readonly IReadOnlyDictionary<string, string> NoWorkers = new Dictionary<string, string>
    {
        ["Queues__fetch__Workers"] = "0",
        ["Queues__benchmark__Workers"] = "0",
    };

    /// <summary>The admin key of every host, unless its settings name another.</summary>
    public const string Key = "the-admin-key-of-every-host-in-these-tests";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly List<string> _log = [];
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HostProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"The host ended.\n{Log}"));
        process.EnableRaisingEvents = true;
    }

    /// <summary>A client of the host's HTTP API.</summary>
    public HttpClient Http { get; private set; } = null!;

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Bytes of memory that the host has now.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Most bytes of memory that the host has had so far.</summary>
    public long PeakResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>All the host has written so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return string.Join('\n', _log);
        }
    }

    /// <summary>Starts a host on the database and waits until it listens; settings as environment variables.</summary>
    public static async Task<HostProcess> StartAsync(
        string? connectionString,
        IReadOnlyDictionary<string, string>? settings,
        CancellationToken cancellationToken
    )
    {
        var host = Launch(connectionString, settings);
        try
        {
            var address = await host._ready.Task.WaitAsync(StartLimit, cancellationToken);
            host.Http = ClientOf(Key, address);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a host, or one of its verbs, without waiting for it.</summary>
    public static HostProcess Launch(
        string? connectionString,
        IReadOnlyDictionary<string, string>? settings,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "JobServer.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["Auth__BootstrapKey"] = Key;
        start.Environment["Urls"] = "http://127.0.0.1:0";
        start.Environment["Outbound__AllowedNetworks__0"] = "127.0.0.0/8";
        start.Environment["Jobs__Benchmark__AllowedHosts"] = "127.0.0.1";
        // A killed host's lanes come back soon enough for a test.
        start.Environment["Hangfire__LeaseTimeout"] = "00:00:03";
        start.Environment["Hangfire__QueuePollInterval"] = "00:00:00.200";
        start.Environment["Queues__fetch__Workers"] = "4";
        if (connectionString is not null)
            start.Environment["ConnectionStrings__JobServer"] = connectionString;
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var host = new HostProcess(new Process { StartInfo = start });
        host._process.Start();
        host._process.BeginOutputReadLine();
        host._process.BeginErrorReadLine();
        return host;
    }

    /// <summary>A client that brings this key, or none.</summary>
    public HttpClient ClientOf(string? key) => ClientOf(key, Http.BaseAddress!);

    /// <summary>SIGKILL: no chance to put anything in order.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(StopLimit);
    }

    /// <summary>SIGTERM, and the wait for the end.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        _ = SendSignal(_process.Id, Sigterm);
        return await WaitForExitAsync(cancellationToken);
    }

    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(StopLimit, cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private const int Sigterm = 15;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);

    [GeneratedRegex(@"listening on (?<address>http://\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Listening { get; }

    private static HttpClient ClientOf(string? key, Uri address)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
        {
            BaseAddress = address,
            Timeout = StartLimit,
        };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (_log)
            _log.Add(line);
        if (Listening.Match(line) is { Success: true } match)
            _ready.TrySetResult(new Uri(match.Groups["address"].Value));
    }
}
