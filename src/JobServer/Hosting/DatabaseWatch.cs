using System.Collections.Concurrent;
using JobServer.Access;
using Npgsql;

namespace JobServer.Hosting;

/// <summary>
/// Answers requests that wait for a database which has fallen silent. One that is stopped says so at once; behind a network
/// that swallows everything, a statement is waited for as long as it may take, and cannot even be cancelled. While no
/// request waits, nothing is asked.
/// </summary>
internal sealed class DatabaseWatch : BackgroundService
{
    // Together less than the 5 s in which a request is answered.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2.5);

    private readonly ConcurrentDictionary<Waiting, bool> _waiting = new();
    private readonly NpgsqlDataSource _probes;
    private readonly TimeProvider _time;
    private volatile bool _isSilent;

    public DatabaseWatch(Database database, TimeProvider time)
    {
        _time = time;
        // Of its own: that all others are in use says nothing about the database.
        _probes = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.ConnectionString)
            {
                MaxPoolSize = 1,
                MinPoolSize = 0,
                Timeout = (int)Math.Ceiling(Silence.TotalSeconds),
                CommandTimeout = (int)Math.Ceiling(Silence.TotalSeconds),
            }
        );
    }

    /// <summary>Lets the request through; 503 when the database is silent.</summary>
    public async Task WatchAsync(HttpContext http, RequestDelegate next)
    {
        if (_isSilent)
        {
            await Problems.DatabaseAway().ExecuteAsync(http);
            return;
        }

        var waiting = new Waiting(http, _time.GetTimestamp());
        _waiting[waiting] = true;
        try
        {
            var handling = next(http);
            if (await Task.WhenAny(handling, waiting.GivenUp) != handling && !http.Response.HasStarted)
                await AnswerAsync(http, handling);
            else
                await handling;
        }
        finally
        {
            waiting.End();
            _waiting.TryRemove(waiting, out _);
        }
    }

    public override void Dispose()
    {
        _probes.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!_isSilent && !_waiting.Keys.Any(IsLate))
                continue;
            _isSilent = await IsSilentAsync(stoppingToken);
            if (!_isSilent)
                continue;
            foreach (var waiting in _waiting.Keys)
                waiting.GiveUp();
        }
    }

    /// <summary>
    /// Answers in place of an endpoint, which goes on to wait for its statement. Until that has ended, context and
    /// connection are its own, so nobody is to send another request over it.
    /// </summary>
    private static async Task AnswerAsync(HttpContext http, Task handling)
    {
        http.Response.Headers.Connection = "close";
        await Problems.DatabaseAway().ExecuteAsync(http);
        await http.Response.CompleteAsync();
        await handling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private bool IsLate(Waiting waiting) => _time.GetElapsedTime(waiting.Since) > Patience && !waiting.IsAnswered;

    /// <summary>False, too, when it refuses: then it refuses the requests as well.</summary>
    private async Task<bool> IsSilentAsync(CancellationToken stop)
    {
        try
        {
            // Giving a statement up takes time, too: it is left to itself.
            await ProbeAsync().WaitAsync(Silence, _time, stop);
            return false;
        }
        // Whatever else it is, it is an answer, and must not end the host.
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            return exception is TimeoutException || exception.InnerException is TimeoutException;
        }
    }

    private async Task ProbeAsync()
    {
        await using var command = _probes.CreateCommand("select 1");
        await command.ExecuteScalarAsync(CancellationToken.None);
    }

    /// <summary>A request under way.</summary>
    private sealed class Waiting(HttpContext http, long since)
    {
        private readonly Lock _lock = new();
        private readonly TaskCompletionSource _givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _isOver;

        public long Since => since;

        /// <summary>Whether there is an answer already. The context may be asked only while the request is under way.</summary>
        public bool IsAnswered
        {
            get
            {
                lock (_lock)
                    return _isOver || http.Response.HasStarted;
            }
        }

        public Task GivenUp => _givenUp.Task;

        public void GiveUp() => _givenUp.TrySetResult();

        public void End()
        {
            lock (_lock)
                _isOver = true;
        }
    }
}

internal static class DatabaseWatchConventions
{
    /// <summary>For all but probes: they say themselves how the database is, or do not ask.</summary>
    public static void UseDatabaseWatch(this WebApplication app)
    {
        var watch = app.Services.GetRequiredService<DatabaseWatch>();
        app.Use(
            (http, next) =>
                http.GetEndpoint()?.Metadata.GetMetadata<IsProbe>() is null ? watch.WatchAsync(http, next) : next(http)
        );
    }
}
