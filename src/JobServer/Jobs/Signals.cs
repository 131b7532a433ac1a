using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>
/// Tells this process at once, and all others soon, which jobs and queues changed, so that they look. A hint and no more:
/// whoever acts on signals looks by itself from time to time too, for one may be lost with its connection.
/// </summary>
internal sealed class Signals(SignalChannel channel, TimeProvider time, ILogger<Signals> logger) : BackgroundService
{
    /// <summary>Begins what is not for us but for Hangfire's storage; no origin does.</summary>
    public const char ForStorage = '~';

    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ProgressSpacing = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestBackOff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);

    private readonly string _origin = Guid.NewGuid().ToString("n")[..8];
    private readonly Lock _gate = new();
    private readonly Bell _bell = new();
    private SignalSet _changed = new();
    private SignalSet _progressed = new();
    private long _progressSent;
    private volatile bool _isListening;

    /// <summary>A job changed, here or elsewhere; the empty id: any of them may have. Handlers must not wait.</summary>
    public event Action<Guid>? JobSignalled;

    /// <summary>A queue changed, here or elsewhere. Handlers must not wait.</summary>
    public event Action<string>? QueueSignalled;

    /// <summary>Hangfire's storage here, or elsewhere, has said this. Handlers must not wait.</summary>
    public event Action<string>? StorageSignalled;

    /// <summary>From now on everything is heard; what was said before may not have been.</summary>
    public event Action? Listening;

    /// <summary>From now on nothing is heard, because of this.</summary>
    public event Action<Exception>? Lost;

    /// <summary>False while what other processes say is not heard.</summary>
    public bool IsListening => _isListening;

    /// <summary>To be called after a commit that moved a job on. Never waits.</summary>
    public void JobChanged(Guid job)
    {
        lock (_gate)
            _changed.AddJob(job);
        _bell.Ring();
        JobSignalled?.Invoke(job);
    }

    /// <summary>The same for items recorded: said at most every 250 ms, here too.</summary>
    public void JobProgressed(Guid job)
    {
        bool isFirst;
        lock (_gate)
        {
            isFirst = _progressed.IsEmpty;
            _progressed.AddJob(job);
        }

        if (isFirst)
            _bell.Ring();
    }

    /// <summary>To be called after a commit that paused, resumed or filled a queue. Never waits.</summary>
    public void QueueChanged(string queue)
    {
        lock (_gate)
            _changed.AddQueue(queue);
        _bell.Ring();
        QueueSignalled?.Invoke(queue);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(SendAllAsync(stoppingToken), ListenForeverAsync(stoppingToken));

    private async Task SendAllAsync(CancellationToken stop)
    {
        var isAway = false;
        var wait = Timeout.InfiniteTimeSpan;
        while (true)
        {
            await _bell.WaitAsync(wait, stop);
            (var signals, wait) = Take();
            if (signals.IsEmpty)
                continue;
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
                limit.CancelAfter(SendLimit);
                await channel.SendAsync(signals.ToTexts(_origin), limit.Token);
                isAway = false;
            }
            catch (Exception exception) when (!stop.IsCancellationRequested)
            {
                if (!isAway)
                    logger.SignalsNotSent(exception);
                isAway = true;
                await Task.Delay(LongestBackOff, time, stop);
            }

            await Task.Delay(Spacing, time, stop);
        }
    }

    /// <summary>What is due to be sent, and how long until more is.</summary>
    private (SignalSet Signals, TimeSpan Wait) Take()
    {
        SignalSet changed;
        SignalSet? progressed = null;
        var wait = Timeout.InfiniteTimeSpan;
        lock (_gate)
        {
            (changed, _changed) = (_changed, new());
            var rest = ProgressSpacing - time.GetElapsedTime(_progressSent);
            if (!_progressed.IsEmpty && rest > TimeSpan.Zero)
                wait = rest;
            else if (!_progressed.IsEmpty)
                (progressed, _progressed, _progressSent) = (_progressed, new(), time.GetTimestamp());
        }

        if (progressed is not null)
        {
            changed.Add(progressed);
            Raise(progressed);
        }

        return (changed, wait);
    }

    private async Task ListenForeverAsync(CancellationToken stop)
    {
        var backOff = ShortestBackOff;
        while (true)
        {
            try
            {
                await channel.ListenAsync(OnListening, OnReceived, stop);
            }
            catch (Exception exception) when (!stop.IsCancellationRequested)
            {
                // Once for each loss, not for each attempt to come back.
                if (_isListening || backOff == ShortestBackOff)
                    logger.SignalsLost(exception);
                _isListening = false;
                Lost?.Invoke(exception);
            }

            await Task.Delay(backOff, time, stop);
            backOff = backOff * 2 < LongestBackOff ? backOff * 2 : LongestBackOff;
        }

        void OnListening()
        {
            backOff = ShortestBackOff;
            // Whatever happened meanwhile was not heard.
            JobSignalled?.Invoke(Guid.Empty);
            _isListening = true;
            Listening?.Invoke();
            logger.SignalsHeard();
        }
    }

    private void OnReceived(string text)
    {
        if (text.StartsWith(ForStorage))
        {
            StorageSignalled?.Invoke(text[1..]);
            return;
        }

        var (origin, signals) = SignalSet.Read(text);
        if (origin != _origin)
            Raise(signals);
    }

    private void Raise(SignalSet signals)
    {
        foreach (var job in signals.Jobs)
            JobSignalled?.Invoke(job);
        foreach (var queue in signals.Queues)
            QueueSignalled?.Invoke(queue);
    }
}
