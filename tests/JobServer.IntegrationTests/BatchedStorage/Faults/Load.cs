using Hangfire;
using Hangfire.States;
using JobServer.BatchedStorage;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

/// <summary>Enqueues jobs of 0 to 19 ms, one after the other, until it is stopped, and remembers what was answered.</summary>
internal sealed class Load(BatchedPostgreSqlStorage storage, string database, int mostWaiting) : IAsyncDisposable
{
    private readonly BackgroundJobClient _client = new(storage, Fast.Filters());
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private int _began;

    /// <summary>Jobs whose creation was answered.</summary>
    public List<string> Created { get; } = [];

    /// <summary>Calls that failed, retries of Hangfire's client included: their jobs may be there or not.</summary>
    public int Unknown { get; private set; }

    public void Start(RunTable runs) => _running = Task.Run(() => RunAsync(runs));

    /// <summary>Ends the load; what failed otherwise than by the database fails here.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(RunTable runs)
    {
        while (!_stop.IsCancellationRequested)
        {
            Enqueue();
            // Often enough not to drown the workers of a slow machine.
            if (_began % 50 == 0)
                await runs.WaitAsync($"select count(*) < {mostWaiting} from hangfire.jobqueue", CancellationToken.None);
        }
    }

    private void Enqueue()
    {
        var milliseconds = _began++ % 20;
        try
        {
            Created.Add(_client.Create(() => Runs.Work(database, milliseconds, null!), new EnqueuedState()));
        }
        catch (BackgroundJobClientException)
        {
            Unknown++;
        }
    }
}
