using JobServer.Outbound;

namespace JobServer.Jobs.Benchmark.Strategies.Io;

/// <summary>How one call ended.</summary>
internal sealed class PageOutcome : IAttemptOutcome
{
    public static readonly PageOutcome Success = new();

    /// <summary>A success, but not with the answer that the page gave before.</summary>
    public static readonly PageOutcome Different = new();

    private PageOutcome() { }

    public PageOutcome(OutboundFault fault) => Fault = fault;

    /// <summary>Null when it succeeded.</summary>
    public OutboundFault? Fault { get; }

    public bool CountsAgainstHost => Fault is { CountsAgainstHost: true };
}
