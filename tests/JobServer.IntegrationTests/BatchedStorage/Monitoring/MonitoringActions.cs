using Hangfire;
using Hangfire.States;
using Hangfire.Storage;
using JobServer.BatchedStorage;
using JobServer.BatchedStorage.Upkeep;
using Npgsql;

namespace JobServer.IntegrationTests.BatchedStorage.Monitoring;

/// <summary>Everything that changes how many there are of what, one action at a time, drawn by a seed.</summary>
internal sealed class MonitoringActions(BatchedPostgreSqlStorage storage, string connectionString, int seed)
{
    public static readonly string[] Queues = ["alpha", "beta", "default"];

    private readonly BackgroundJobClient _client = new(storage);
    private readonly Random _random = new(seed);
    private readonly List<string> _jobs = [];
    private readonly List<(IStorageConnection Connection, IFetchedJob Job)> _fetched = [];

    public IReadOnlyList<string> Jobs => _jobs;

    /// <summary>How many were fetched and are held.</summary>
    public int Held => _fetched.Count;

    public static void Nothing(int number) => _ = number;

    public async Task RunAsync(int actions, CancellationToken cancellationToken)
    {
        for (var action = 0; action < actions; action++)
        {
            if (_random.Next(12) is var drawn && _jobs.Count > 0 && drawn >= 4)
                await ChangeAsync(drawn, _jobs[_random.Next(_jobs.Count)], cancellationToken);
            else
                Create(drawn);
        }
    }

    /// <summary>What was fetched and is held: put back.</summary>
    public void LetGo()
    {
        foreach (var (connection, job) in _fetched)
        {
            job.Dispose();
            connection.Dispose();
        }
    }

    private void Create(int drawn)
    {
        var number = _random.Next();
        IState state = drawn switch
        {
            0 => new ScheduledState(TimeSpan.FromHours(1)),
            1 when _jobs.Count > 0 => new AwaitingState(_jobs[_random.Next(_jobs.Count)]),
            _ => new EnqueuedState(Queues[_random.Next(Queues.Length)]),
        };
        try
        {
            _jobs.Add(_client.Create(() => Nothing(number), state));
        }
        catch (BackgroundJobClientException)
        {
            // The job it was to continue is gone.
        }
    }

    private async Task ChangeAsync(int drawn, string job, CancellationToken cancellationToken)
    {
        switch (drawn)
        {
            case 4:
                _client.Delete(job);
                break;
            case 5:
                _client.Requeue(job);
                break;
            case 6:
                _client.ChangeState(job, new FailedState(new InvalidOperationException("drawn")));
                break;
            case 7:
                // A result, a latency and a duration, as of a worker.
                _client.ChangeState(job, new SucceededState(result: _random.Next(), 1, 2));
                break;
            case 8:
                Fetch(cancellationToken);
                break;
            case 9:
                await ExecuteAsync($"delete from hangfire.job where id = {job}", cancellationToken);
                break;
            case 10:
                await ExecuteAsync($"update hangfire.job set expireat = now() where id = {job}", cancellationToken);
                new Expiration(storage.Parts).Delete("job");
                break;
            default:
                new CounterSums(storage.Parts).Sum();
                break;
        }
    }

    private void Fetch(CancellationToken cancellationToken)
    {
        var queue = Queues[_random.Next(Queues.Length)];
        if (storage.GetMonitoringApi().EnqueuedCount(queue) < 5)
            return;
        var connection = storage.GetConnection();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        var job = connection.FetchNextJob([queue], limit.Token);
        if (_random.Next(2) == 0)
        {
            job.RemoveFromQueue();
            job.Dispose();
            connection.Dispose();
            return;
        }

        _fetched.Add((connection, job));
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
