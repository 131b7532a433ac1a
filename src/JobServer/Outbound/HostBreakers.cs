using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Polly;

namespace JobServer.Outbound;

/// <summary>
/// The circuit breakers of this process, one a host (scheme, host and port), shared by all that call it. Holds at most
/// <see cref="OutboundOptions.MaxTrackedHosts"/>: those unused for longest make room.
/// </summary>
/// <remarks>
/// An attempt runs inside the pipeline, with state passed so that nothing is captured:
/// <code>
/// var outcome = await breakers.GetPipeline(url).ExecuteAsync(
///     static (attempt, token) => attempt.RunAsync(token), attempt, cancellationToken);
/// </code>
/// The result is a class that implements <see cref="IAttemptOutcome"/>; thrown exceptions are judged by
/// <see cref="OutboundFaults"/>. An open breaker throws <see cref="Polly.CircuitBreaker.BrokenCircuitException"/>, whose
/// <c>RetryAfter</c> is the time until it may close. The token given to the pipeline is the caller's stop: a cancellation
/// by it is not counted. The time limit of the attempt belongs inside the attempt, where it is.
/// </remarks>
internal sealed class HostBreakers(IOptions<OutboundOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<HostAuthority, HostBreaker> _hosts = new();
    private readonly OutboundOptions _options = options.Value;
    private readonly Lock _gate = new();
    private int _count;

    /// <summary>Hosts remembered now.</summary>
    public int Count => Volatile.Read(ref _count);

    public ResiliencePipeline<IAttemptOutcome> GetPipeline(Uri url) => GetPipeline(HostAuthority.Of(url));

    public ResiliencePipeline<IAttemptOutcome> GetPipeline(HostAuthority authority)
    {
        if (!_hosts.TryGetValue(authority, out var breaker))
            breaker = Add(authority);

        breaker.Touch();
        return breaker.Pipeline;
    }

    /// <summary>The state of every host remembered, in no order.</summary>
    public IReadOnlyList<HostState> Snapshot()
    {
        var states = new List<HostState>(Count);
        foreach (var (authority, breaker) in _hosts)
            states.Add(breaker.Describe(authority));
        return states;
    }

    private HostBreaker Add(HostAuthority authority)
    {
        lock (_gate)
        {
            if (_hosts.TryGetValue(authority, out var present))
                return present;
            if (_count >= _options.MaxTrackedHosts)
                MakeRoom();

            var breaker = new HostBreaker(_options, time);
            _hosts[authority] = breaker;
            _count++;
            return breaker;
        }
    }

    /// <summary>
    /// Forgets a tenth of the hosts, the ones unused for longest, so that the sorting is paid once for many additions.
    /// </summary>
    private void MakeRoom()
    {
        var oldest = _hosts
            .Select(host => (host.Key, host.Value.LastUsed))
            .OrderBy(host => host.LastUsed)
            .Take(Math.Max(1, _options.MaxTrackedHosts / 10))
            .ToArray();
        foreach (var (authority, _) in oldest)
        {
            if (_hosts.TryRemove(authority, out _))
                _count--;
        }
    }
}
