using JobServer.Jobs.Input;

namespace JobServer.Jobs.Calls;

/// <summary>How often a call is tried, and how long it waits in between.</summary>
internal sealed record RetrySettings
{
    /// <summary>Attempts in all, the first included; 1 means no retry. Default 3; 1 to 20.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Wait before the second attempt, doubled before each further one, with jitter. Default 1 s; 0 to 1 h.</summary>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Bounds one wait, and all deferring by <c>Retry-After</c> or an open breaker. Default 1 min; 0 to 1 h.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(1);

    public static RetrySettings Read(Fields options)
    {
        var defaults = new RetrySettings();
        options.Object("retry", out var retry);
        var longest = TimeSpan.FromHours(1);
        var settings = new RetrySettings
        {
            MaxAttempts = retry.Int("maxAttempts", defaults.MaxAttempts, 1, 20),
            BaseDelay = retry.Duration("baseDelay", defaults.BaseDelay, TimeSpan.Zero, longest),
            MaxDelay = retry.Duration("maxDelay", defaults.MaxDelay, TimeSpan.Zero, longest),
        };
        retry.Done();
        return settings;
    }
}
