using JobServer.Jobs.Benchmark.Report;
using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Tests.Jobs.Benchmark.Statistics;

/// <summary>Whether intervals and verdicts keep what they promise, on rounds that are noisy the way machines are.</summary>
public sealed class CoverageTests
{
    private readonly Random _random;
    private readonly string _seed;

    public CoverageTests()
    {
        var seed = Random.Shared.Next();
        _random = new Random(seed);
        _seed = $"seed {seed}";
        TestContext.Current.TestOutputHelper?.WriteLine(_seed);
    }

    public static TheoryData<string> Noises =>
        ["even", "outliers", "heavy tails", "noisy neighbour", "only ever slower"];

    /// <summary>Bounds are some of the values, so that the chance jumps; plain percentiles of seven pairs have 87 %.</summary>
    [Theory]
    [MemberData(nameof(Noises))]
    public void An_interval_of_paired_rounds_holds_the_truth_as_often_as_it_says(string noise)
    {
        foreach (var pairs in new[] { 6, 7, 9, 20, 21, 30 })
        {
            var covered = Share(4000, () => Paired(noise, pairs, 0.04, truth: 1.3) is { Low: < 1.3, High: > 1.3 });
            TestContext.Current.TestOutputHelper?.WriteLine($"{pairs} pairs: {covered:P1}");
            Assert.True(covered is > 0.935 and < 0.996, $"{covered:P1} of {pairs} pairs, {_seed}");
        }
    }

    [Theory]
    [MemberData(nameof(Noises))]
    public void An_interval_of_rounds_of_two_jobs_holds_the_truth_no_less_often(string noise)
    {
        foreach (var rounds in new[] { 6, 10, 30 })
        {
            var covered = Share(4000, () => Unpaired(noise, rounds, 0.04, truth: 1.3) is { Low: < 1.3, High: > 1.3 });
            TestContext.Current.TestOutputHelper?.WriteLine($"{rounds} rounds: {covered:P1}");
            Assert.True(covered is > 0.94, $"{covered:P1} of {rounds} rounds, {_seed}");
        }
    }

    [Fact]
    public void Equal_strategies_make_no_practical_difference()
    {
        var verdicts = Verdicts(2000, truth: 1, spread: 0.02);

        Assert.True(verdicts.GetValueOrDefault(Verdict.Same) >= 1900, _seed);
        Assert.Equal(0, verdicts.GetValueOrDefault(Verdict.Faster) + verdicts.GetValueOrDefault(Verdict.Slower));
    }

    /// <summary>Where noise hides everything, that is what is said.</summary>
    [Fact]
    public void Equal_strategies_under_much_noise_are_not_told_apart()
    {
        var verdicts = Verdicts(2000, truth: 1, spread: 0.15);

        Assert.True(verdicts.GetValueOrDefault(Verdict.Unknown) >= 1900, _seed);
        Assert.True(
            verdicts.GetValueOrDefault(Verdict.Faster) + verdicts.GetValueOrDefault(Verdict.Slower) <= 20,
            _seed
        );
    }

    [Fact]
    public void A_strategy_that_takes_10_percent_longer_is_found_out()
    {
        var verdicts = Verdicts(2000, truth: 1 / 1.1, spread: 0.025);

        Assert.True(verdicts.GetValueOrDefault(Verdict.Slower) >= 1800, _seed);
        Assert.Equal(0, verdicts.GetValueOrDefault(Verdict.Faster) + verdicts.GetValueOrDefault(Verdict.Same));
    }

    /// <summary>Of 20 to 30 pairs with outliers each, and a machine that gets slower meanwhile.</summary>
    private Dictionary<string, int> Verdicts(int runs, double truth, double spread)
    {
        var verdicts = Enumerable
            .Range(0, runs)
            .Select(_ => Verdict.Of(Paired("outliers", _random.Next(20, 31), spread, truth), 5))
            .CountBy(verdict => verdict)
            .ToDictionary();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", verdicts));
        return verdicts;
    }

    /// <summary>The two of a block run one after the other, in either order, and the machine gets slower all the time.</summary>
    private RatioReport? Paired(string noise, int pairs, double spread, double truth) =>
        Ratios.Paired([
            .. Enumerable
                .Range(0, pairs)
                .Select(block => Pair(noise, block / (double)pairs, 1.0 / pairs, spread, truth)),
        ]);

    private double Pair(string noise, double time, double block, double spread, double truth)
    {
        var (own, other) = _random.Next(2) == 0 ? (time, time + (block / 2)) : (time + (block / 2), time);
        return truth * Drifted(own) * Throughput(noise, spread) / (Drifted(other) * Throughput(noise, spread));

        static double Drifted(double time) => Math.Exp(-0.2 * time);
    }

    private RatioReport? Unpaired(string noise, int rounds, double spread, double truth) =>
        Ratios.Unpaired(
            [.. Enumerable.Range(0, rounds).Select(_ => truth * Throughput(noise, spread))],
            [.. Enumerable.Range(0, rounds).Select(_ => Throughput(noise, spread))]
        );

    /// <summary>Of a round that would have 1 on a machine without noise.</summary>
    private double Throughput(string noise, double spread) =>
        noise switch
        {
            "even" => Math.Exp(spread * Normal()),
            "outliers" => Math.Exp(spread * Normal()) / (_random.NextDouble() < 0.05 ? 1.5 + _random.NextDouble() : 1),
            "heavy tails" => Math.Exp(
                spread * Normal() / Math.Sqrt(Enumerable.Range(0, 3).Average(_ => Math.Pow(Normal(), 2)))
            ),
            "noisy neighbour" => Math.Exp(spread * Normal()) / (_random.NextDouble() < 0.25 ? 1.35 : 1),
            _ => Math.Exp(spread * Math.Log(1 - _random.NextDouble())),
        };

    private double Normal() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private static double Share(int runs, Func<bool> holds) =>
        Enumerable.Range(0, runs).Count(_ => holds()) / (double)runs;
}
