using JobServer.BatchedStorage;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>
/// What Hangfire's storage has to say goes by the channel that this host listens to anyway: a process has one connection
/// that listens.
/// </summary>
internal sealed class StorageSignals(SignalChannel channel, Signals signals) : ISignalChannel
{
    public Task SendAsync(IReadOnlyCollection<string> texts, CancellationToken cancellationToken) =>
        channel.SendAsync([.. texts.Select(text => Signals.ForStorage + text)], cancellationToken);

    public async Task ListenAsync(Action begun, Action<string> received, CancellationToken cancellationToken)
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        signals.Lost += OnLost;
        signals.Listening += begun;
        signals.StorageSignalled += received;
        try
        {
            if (signals.IsListening)
                begun();
            await lost.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            signals.Lost -= OnLost;
            signals.Listening -= begun;
            signals.StorageSignalled -= received;
        }

        void OnLost(Exception exception) => lost.TrySetException(exception);
    }
}
