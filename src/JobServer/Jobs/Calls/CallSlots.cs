using JobServer.Outbound;

namespace JobServer.Jobs.Calls;

/// <summary>Calls under way at once, in all and to one host. A slot is held during a call, never during a wait.</summary>
internal sealed class CallSlots(int total, int perHost)
{
    private readonly SemaphoreSlim _total = new(total, total);

    // With as many as there are in all, a host's slots would never be the ones to wait for.
    private readonly HostSlots? _hosts = perHost < total ? new HostSlots(perHost) : null;

    /// <summary>Whether a host may have to be waited for while there are slots for others.</summary>
    public bool LimitsHosts => _hosts is not null;

    /// <summary>Waits for a slot; it is free again when the result is disposed.</summary>
    public async ValueTask<Slot> EnterAsync(HostAuthority host, CancellationToken cancellationToken)
    {
        if (_hosts is not null)
            await _hosts.EnterAsync(host, cancellationToken);
        try
        {
            await _total.WaitAsync(cancellationToken);
            return new Slot(this, host);
        }
        catch
        {
            _hosts?.Exit(host);
            throw;
        }
    }

    private void Exit(HostAuthority host)
    {
        _total.Release();
        _hosts?.Exit(host);
    }

    public readonly struct Slot(CallSlots slots, HostAuthority host) : IDisposable
    {
        public void Dispose() => slots.Exit(host);
    }
}
