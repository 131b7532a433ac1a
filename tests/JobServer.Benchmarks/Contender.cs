namespace JobServer.Benchmarks;

/// <summary>One of the things compared. It is run once a round and checks its own result.</summary>
internal interface IContender
{
    string Name { get; }

    string Unit { get; }

    /// <exception cref="IncorrectException">The result is wrong.</exception>
    Task<Measurement> RunAsync(Round round, CancellationToken cancellationToken);
}

/// <summary>A round, numbered from 1; warm-up rounds come first and are not counted.</summary>
internal readonly record struct Round(int Number, int Of, bool IsWarmup)
{
    public bool IsLast => !IsWarmup && Number == Of;

    public override string ToString() => $"{(IsWarmup ? "warm-up" : "round")} {Number}/{Of}";
}

/// <summary>What one run of a contender yields: its value, and figures seen on the side.</summary>
internal sealed record Measurement(double Value, double Seconds, IReadOnlyList<Figure> Figures);

internal sealed record Figure(string Name, string Unit, double Value);

/// <summary>The values of one row in the order of the rounds.</summary>
internal sealed record Series(string Name, string Unit, IReadOnlyList<double> Values);

/// <summary>A row that could not be run here, and why.</summary>
internal sealed record LeftOut(string Name, string Unit, string Reason);
