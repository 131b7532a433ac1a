using JobServer.Outbound;

namespace JobServer.Jobs.Calls;

/// <summary>A number of slots for each host; hosts nobody waits for or calls are forgotten.</summary>
internal sealed class HostSlots(int perHost)
{
    private readonly Dictionary<HostAuthority, Entry> _hosts = [];

    public async ValueTask EnterAsync(HostAuthority host, CancellationToken cancellationToken)
    {
        Entry entry;
        lock (_hosts)
        {
            if (!_hosts.TryGetValue(host, out entry!))
                _hosts[host] = entry = new Entry(perHost);
            entry.Users++;
        }

        try
        {
            await entry.Slots.WaitAsync(cancellationToken);
        }
        catch
        {
            Leave(host, entry);
            throw;
        }
    }

    public void Exit(HostAuthority host)
    {
        lock (_hosts)
        {
            var entry = _hosts[host];
            entry.Slots.Release();
            Leave(host, entry);
        }
    }

    private void Leave(HostAuthority host, Entry entry)
    {
        lock (_hosts)
        {
            if (--entry.Users == 0)
                _hosts.Remove(host);
        }
    }

    private sealed class Entry(int perHost)
    {
        public SemaphoreSlim Slots { get; } = new(perHost, perHost);

        public int Users { get; set; }
    }
}
