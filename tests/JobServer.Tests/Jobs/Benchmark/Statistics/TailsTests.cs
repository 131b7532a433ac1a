using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Tests.Jobs.Benchmark.Statistics;

/// <summary>Against tables.</summary>
public sealed class TailsTests
{
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.1586553)]
    [InlineData(1.959964, 0.025)]
    [InlineData(3, 0.0013499)]
    public void Normal_tails(double value, double chance) => Assert.Equal(chance, Tails.Normal(value), 6);

    [Theory]
    [InlineData(5, 2.571)]
    [InlineData(10, 2.228)]
    [InlineData(30, 2.042)]
    [InlineData(1000, 1.962)]
    public void Student_quantiles(int freedom, double value) =>
        Assert.Equal(value, Tails.StudentQuantile(freedom), 0.005);

    [Theory]
    [InlineData(10, 0.2, 5, 0.0327934976)]
    [InlineData(20, 0.25, 10, 0.0138644)]
    [InlineData(6, 0.5, 6, 0.015625)]
    [InlineData(1000, 0.5, 1, 1)]
    public void Binomial_tails(int trials, double chance, int least, double expected) =>
        Assert.Equal(expected, Tails.Binomial(trials, chance, least), 6);
}
