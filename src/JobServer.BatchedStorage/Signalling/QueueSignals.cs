using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace JobServer.BatchedStorage.Signalling;

/// <summary>
/// Tells this process at once, and all others by LISTEN and NOTIFY, which queues have work. One connection listens; one
/// loop sends, after the commits and never in one, which would make all commits of the database take turns. What is lost
/// is found by the <see cref="Lookout"/>.
/// </summary>
internal sealed class QueueSignals : IDisposable
{
    private const char Separator = ' ';

    // PostgreSQL takes less than 8,000 bytes.
    private const int LongestPayload = 7000;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(5);

    private readonly string _self = Guid.NewGuid().ToString("N");
    private readonly ISignalChannel _channel;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _disposed = new();
    private readonly ConcurrentDictionary<string, bool> _toSend = new();
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );
    private readonly Task _sender;
    private readonly Task _listener;

    public QueueSignals(ISignalChannel channel, ILogger logger)
    {
        (_channel, _logger) = (channel, logger);
        (_sender, _listener) = (Task.Run(SendAllAsync), Task.Run(ListenAlwaysAsync));
    }

    /// <summary>What others announce is heard.</summary>
    public bool IsListening { get; private set; }

    /// <summary>Something may wait in this queue; null: in any of them. Handlers must not wait.</summary>
    public event Action<string?>? Announced;

    /// <summary>To be called after the commit that put something into these queues. Never waits.</summary>
    public void Announce(IReadOnlyCollection<string> queues)
    {
        foreach (var queue in queues)
        {
            Announced?.Invoke(queue);
            _toSend[queue] = true;
        }

        if (queues.Count > 0)
            _bell.Writer.TryWrite(true);
    }

    /// <summary>Sends what was announced, if that can be done soon.</summary>
    public void Dispose()
    {
        _bell.Writer.TryComplete();
        _sender.Wait(LastWords);
        _disposed.Cancel();
        Task.WaitAll(_sender, _listener);
        _disposed.Dispose();
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (await _bell.Reader.WaitToReadAsync(_disposed.Token).ConfigureAwait(false))
            {
                while (_bell.Reader.TryRead(out _)) { }
                var payload = string.Join(Separator, TakeAll().Prepend(_self));
                // Without names it means all queues.
                await SendAsync(payload.Length <= LongestPayload ? payload : _self).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    private IEnumerable<string> TakeAll() => _toSend.Keys.Where(queue => _toSend.TryRemove(queue, out _));

    private async Task SendAsync(string payload)
    {
        try
        {
            await _channel.SendAsync([payload], _disposed.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!_disposed.IsCancellationRequested)
        {
            _logger.SignalNotSent(exception);
        }
        catch (Exception)
        {
            // Nobody waits for it any more.
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

            IsListening = false;
            rest = rest == TimeSpan.Zero ? TimeSpan.FromSeconds(0.2) : rest * 2;
            rest = rest < LongestRest ? rest : LongestRest;
            await Task.Delay(rest, _disposed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        void OnListening()
        {
            (rest, IsListening) = (TimeSpan.Zero, true);
            // Whatever was sent while nobody listened.
            Announced?.Invoke(null);
        }
    }

    private void Hear(string payload)
    {
        var parts = payload.Split(Separator);
        if (parts[0] == _self)
            return;
        if (parts.Length == 1)
            Announced?.Invoke(null);
        foreach (var queue in parts.AsSpan(1))
            Announced?.Invoke(queue);
    }
}
