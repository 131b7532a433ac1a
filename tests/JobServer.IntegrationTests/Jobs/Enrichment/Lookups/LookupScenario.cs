using System.Text;
using JobServer.Jobs.Enrichment.Steps;

namespace JobServer.IntegrationTests.Jobs.Enrichment.Lookups;

/// <summary>Short forms for tests that resolve lookups.</summary>
internal static class LookupScenario
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<LookupAnswer> ResolveAsync(this ILookups lookups, LookupStep step, string url) =>
        (await lookups.ResolveAsync(step, [url], Cancel))[url];

    public static string Text(this LookupAnswer answer) => Encoding.UTF8.GetString(answer.Value.Span);
}

/// <summary>A clock whose timers run twenty times as fast as others.</summary>
internal sealed class HurriedTime : TimeProvider
{
    private int _timers;

    /// <summary>Timers that were ever made.</summary>
    public int Timers => Volatile.Read(ref _timers);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _timers);
        return base.CreateTimer(callback, state, Hurry(dueTime), Hurry(period));
    }

    private static TimeSpan Hurry(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / 20;
}
