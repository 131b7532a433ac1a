using System.Collections.Concurrent;
using Hangfire;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>What the jobs of these tests do; each run is counted under the key it is given.</summary>
public static class SampleJobs
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly ConcurrentDictionary<string, int> _runs = new();
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new();

    public static string NewKey() => Guid.NewGuid().ToString("N");

    public static int RunsOf(string key) => _runs.GetValueOrDefault(key);

    /// <summary>Lets one <see cref="Hold"/> of this key go on.</summary>
    public static void Open(string key) => Gate(key).Release();

    public static void Run(string key) => Count(key);

    [ContinuationsSupport(pushResults: true)]
    public static string Answer(string key)
    {
        Count(key);
        return $"answer to {key}";
    }

    [Queue("critical")]
    public static void RunCritical(string key) => Count(key);

    [AutomaticRetry(Attempts = 0)]
    public static void Fail(string key)
    {
        Count(key);
        throw new InvalidOperationException("It fails.");
    }

    [AutomaticRetry(Attempts = 2, DelaysInSeconds = [0])]
    public static void FailAtOnce(string key)
    {
        Count(key);
        throw new InvalidOperationException("It fails again.");
    }

    [AutomaticRetry(Attempts = 3, DelaysInSeconds = [1])]
    public static void FailOnce(string key)
    {
        if (Count(key) == 1)
            throw new InvalidOperationException("It fails once.");
    }

    [AutomaticRetry(Attempts = 1, DelaysInSeconds = [0], OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    public static void FailAndGo(string key)
    {
        Count(key);
        throw new InvalidOperationException("It fails and goes.");
    }

    /// <summary>Until <see cref="Open"/>.</summary>
    public static void Hold(string key)
    {
        Count(key);
        if (!Gate(key).Wait(Limit, CancellationToken.None))
            throw new TimeoutException("Nobody opened.");
    }

    public static void HoldUntilAborted(string key, CancellationToken cancellationToken)
    {
        Count(key);
        cancellationToken.WaitHandle.WaitOne(Limit);
        Count(key + ":aborted");
        cancellationToken.ThrowIfCancellationRequested();
    }

    public static void HoldByOldToken(string key, IJobCancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cancellationToken);
        HoldUntilAborted(key, cancellationToken.ShutdownToken);
        cancellationToken.ThrowIfCancellationRequested();
    }

    [DisableConcurrentExecution(timeoutInSeconds: 60)]
    public static void HoldAlone(string key) => Hold(key);

    [DisableConcurrentExecution(timeoutInSeconds: 0)]
    [AutomaticRetry(Attempts = 0)]
    public static void HoldAloneOrFail(string key) => Hold(key);

    public static int Count(string key) => _runs.AddOrUpdate(key, 1, static (_, runs) => runs + 1);

    /// <summary>Somebody has begun to run what counts under this key, so many times.</summary>
    public static Task RanAsync(string key, int times = 1) =>
        StorageRows.ComesAsync(() => RunsOf(key) >= times, () => $"ran {RunsOf(key)} times and not {times}");

    private static SemaphoreSlim Gate(string key) => _gates.GetOrAdd(key, _ => new SemaphoreSlim(0));
}
