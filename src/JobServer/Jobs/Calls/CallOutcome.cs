using JobServer.Outbound;

namespace JobServer.Jobs.Calls;

/// <summary>How one attempt at one URL ended.</summary>
internal sealed record CallOutcome : IAttemptOutcome
{
    /// <summary>What was made of the response, UTF-8 JSON; null when the attempt failed.</summary>
    public byte[]? Value { get; private init; }

    public string? ErrorCode { get; private init; }

    public string? ErrorDetail { get; private init; }

    /// <summary>Time may mend it: worth another attempt.</summary>
    public bool IsTransient { get; private init; }

    /// <summary>Not now, says the host or its breaker: try again after this, at no attempt's cost.</summary>
    public TimeSpan? DeferFor { get; private init; }

    public bool CountsAgainstHost { get; private init; }

    public static CallOutcome Success(byte[] value) => new() { Value = value };

    public static CallOutcome Failure(OutboundFault fault) =>
        new()
        {
            ErrorCode = fault.Code,
            ErrorDetail = fault.Detail,
            IsTransient = fault.IsTransient,
            CountsAgainstHost = fault.CountsAgainstHost,
        };

    /// <summary>The same failure, to be tried again after a wait.</summary>
    public CallOutcome Deferred(TimeSpan wait) => this with { DeferFor = wait };

    /// <summary>The same failure, not to be tried again.</summary>
    public CallOutcome Final() => this with { IsTransient = false };
}
