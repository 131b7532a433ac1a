namespace JobServer.Benchmarks;

/// <summary>
/// Runs contenders side by side: each round runs all of them once, in an order drawn anew, so that a slow minute of the
/// machine meets all of them alike and none always follows the same other.
/// </summary>
internal sealed class Comparison(int rounds, int warmup, int seed, TextWriter progress)
{
    private readonly Random _random = new(seed);

    /// <param name="contenders">What is compared.</param>
    /// <param name="settle">Awaited before each run: lets work put off by the run before end, outside any measurement.</param>
    /// <param name="cancellationToken">Ends the comparison.</param>
    /// <returns>One series a contender, then one a figure, in order of first appearance.</returns>
    public async Task<IReadOnlyList<Series>> RunAsync(
        IReadOnlyList<IContender> contenders,
        Func<CancellationToken, Task> settle,
        CancellationToken cancellationToken
    )
    {
        var values = new OrderedDictionary<string, (string Unit, List<double> Values)>();
        foreach (var contender in contenders)
        {
            values[contender.Name] = (contender.Unit, []);
        }

        foreach (var round in Rounds())
        {
            var order = contenders.ToArray();
            _random.Shuffle(order);
            foreach (var contender in order)
            {
                await settle(cancellationToken);
                var measured = await contender.RunAsync(round, cancellationToken);
                await progress.WriteLineAsync(
                    $"{round, -12} {contender.Name, -20} {measured.Value, 10:F1} {contender.Unit} in {measured.Seconds:F2} s"
                );
                if (!round.IsWarmup)
                {
                    Record(values, contender, measured);
                }
            }
        }

        return [.. values.Select(row => new Series(row.Key, row.Value.Unit, row.Value.Values))];
    }

    private IEnumerable<Round> Rounds() =>
        Enumerable
            .Range(1, warmup)
            .Select(number => new Round(number, warmup, IsWarmup: true))
            .Concat(Enumerable.Range(1, rounds).Select(number => new Round(number, rounds, IsWarmup: false)));

    private static void Record(
        OrderedDictionary<string, (string Unit, List<double> Values)> values,
        IContender contender,
        Measurement measured
    )
    {
        values[contender.Name].Values.Add(measured.Value);
        foreach (var figure in measured.Figures)
        {
            if (!values.TryGetValue(figure.Name, out var row))
            {
                values[figure.Name] = row = (figure.Unit, []);
            }

            row.Values.Add(figure.Value);
        }
    }
}
