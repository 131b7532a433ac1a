using System.Diagnostics.CodeAnalysis;
using JobServer.Jobs.Benchmark.Strategies;

namespace JobServer.Jobs.Benchmark.Measuring;

/// <summary>A round that was run: what was measured, or why that counts for nothing.</summary>
internal sealed record RoundOutcome
{
    private RoundOutcome(Round? round, RoundFailure? failure)
    {
        Round = round;
        Failure = failure;
    }

    /// <summary>Without what only its lane knows: run, other work meanwhile, environment.</summary>
    public Round? Round { get; }

    public RoundFailure? Failure { get; }

    [MemberNotNullWhen(true, nameof(Round))]
    [MemberNotNullWhen(false, nameof(Failure))]
    public bool IsMeasured => Round is not null;

    public static RoundOutcome Measured(Round round) => new(round, null);

    public static RoundOutcome Failed(RoundFailure failure) => new(null, failure);
}
