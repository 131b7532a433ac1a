using System.Net;

namespace JobServer.Outbound;

/// <summary>The result of an attempt that <see cref="HostBreakers"/> can judge.</summary>
internal interface IAttemptOutcome
{
    /// <summary>
    /// True when the host is to blame: time-outs, connection faults and the statuses named by
    /// <see cref="StatusRules.CountsAgainstHost"/>. A 404 or a 429 is the answer of a host that works.
    /// </summary>
    bool CountsAgainstHost { get; }
}

/// <summary>What a status means beyond success.</summary>
internal static class StatusRules
{
    public static bool CountsAgainstHost(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError;

    public static bool IsTransient(HttpStatusCode status) =>
        status
            is HttpStatusCode.RequestTimeout
                or HttpStatusCode.TooManyRequests
                or >= HttpStatusCode.InternalServerError;
}
