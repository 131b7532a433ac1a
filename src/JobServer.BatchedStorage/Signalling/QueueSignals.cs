using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace JobServer.BatchedStorage.Signalling;

/// <summary>
/// Tells this process at once, and all others by LISTEN and NOTIFY, which queues have work. One connection listens; one
/// loop sends, after the commits and never in one, which would make all commits of the database take turns. What is lost
/// is found by the dispatchers' poll.
/// </summary>
internal sealed class QueueSignals : IDisposable
{
    private const char Separator = ' ';
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(5);

    private readonly string _self = Guid.NewGuid().ToString("N");
    private readonly ISignalChannel _channel;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _disposed = new();
    private readonly Channel<string> _toSend = Channel.CreateBounded<string>(
        new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );
    private readonly Task[] _loops;

    public QueueSignals(ISignalChannel channel, ILogger logger)
    {
        (_channel, _logger) = (channel, logger);
        _loops = [Task.Run(SendAllAsync), Task.Run(ListenAlwaysAsync)];
    }

    /// <summary>Something may wait in this queue; null: in any of them. Handlers must not wait.</summary>
    public event Action<string?>? Announced;

    /// <summary>To be called after the commit that put something into these queues. Never waits.</summary>
    public void Announce(IReadOnlyCollection<string> queues)
    {
        foreach (var queue in queues)
        {
            Announced?.Invoke(queue);
            _toSend.Writer.TryWrite(queue);
        }
    }

    public void Dispose()
    {
        _toSend.Writer.TryComplete();
        _disposed.Cancel();
        Task.WaitAll(_loops);
        _disposed.Dispose();
    }

    private async Task SendAllAsync()
    {
        var queues = new HashSet<string>();
        try
        {
            while (await _toSend.Reader.WaitToReadAsync(_disposed.Token).ConfigureAwait(false))
            {
                queues.Clear();
                while (_toSend.Reader.TryRead(out var queue))
                    queues.Add(queue);
                await SendAsync(string.Join(Separator, queues.Prepend(_self))).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    private async Task SendAsync(string payload)
    {
        try
        {
            await _channel.SendAsync([payload], _disposed.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _logger.SignalNotSent(exception);
        }
    }

    private async Task ListenAlwaysAsync()
    {
        var rest = TimeSpan.Zero;
        while (!_disposed.IsCancellationRequested)
        {
            try
            {
                await _channel.ListenAsync(OnListening, Hear, _disposed.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_disposed.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                _logger.ListenerLost(exception);
            }

            rest = rest == TimeSpan.Zero ? TimeSpan.FromSeconds(0.2) : rest * 2;
            rest = rest < LongestRest ? rest : LongestRest;
            await Task.Delay(rest, _disposed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        void OnListening()
        {
            rest = TimeSpan.Zero;
            // Whatever was sent while nobody listened.
            Announced?.Invoke(null);
        }
    }

    private void Hear(string payload)
    {
        var parts = payload.Split(Separator);
        if (parts[0] == _self)
            return;
        foreach (var queue in parts.AsSpan(1))
            Announced?.Invoke(queue);
    }
}
