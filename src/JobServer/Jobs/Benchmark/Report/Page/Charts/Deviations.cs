namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>A round's figure as a multiple of its contender's median.</summary>
/// <param name="Position">Among all rounds of the family, from 1.</param>
/// <param name="Factor">Null where the round came to nothing.</param>
internal readonly record struct Deviation(int Position, double? Factor, RoundReport Round)
{
    public bool Counts => Round.LeftOut is null && Factor is not null;
}

/// <summary>A contender's rounds around their median.</summary>
/// <param name="Median">Of those that count, or else of all; null where none has a figure.</param>
internal sealed record Deviations(Contender Contender, double? Median, IReadOnlyList<Deviation> Rounds)
{
    /// <summary>Those of all contenders of a family, by the figure that its verdicts are made of.</summary>
    public static IReadOnlyList<Deviations> Of(FamilyView family)
    {
        var rounds = family
            .Rounds.Select((round, index) => (Round: round, Position: index + 1))
            .ToLookup(entry => entry.Round.Strategy);
        return
        [
            .. family.Contenders.Select(contender => Of(contender, [.. rounds[contender.Name]], family.IsByLatency)),
        ];
    }

    private static Deviations Of(Contender contender, (RoundReport Round, int Position)[] rounds, bool isByLatency)
    {
        double? Figure(RoundReport round) =>
            (isByLatency ? round.P95 : round.Throughput) is { } figure and > 0 ? figure : null;
        var median =
            MedianOf(rounds.Where(entry => entry.Round.LeftOut is null).Select(entry => Figure(entry.Round)))
            ?? MedianOf(rounds.Select(entry => Figure(entry.Round)));
        return new Deviations(
            contender,
            median,
            [.. rounds.Select(entry => new Deviation(entry.Position, Figure(entry.Round) / median, entry.Round))]
        );
    }

    private static double? MedianOf(IEnumerable<double?> figures)
    {
        var sorted = figures.OfType<double>().Order().ToArray();
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
