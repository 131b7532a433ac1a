using JobServer.Hosting.Dashboard;

namespace JobServer.Tests.Hosting.Dashboard;

public sealed class WordingTests
{
    [Theory]
    [InlineData(1, 1, "100 %")]
    [InlineData(999_999, 1_000_000, "99.9 %")]
    [InlineData(2, 3, "66.6 %")]
    [InlineData(0, 3, "0 %")]
    public void Only_a_job_without_failures_is_at_a_hundred_percent(int part, int whole, string expected) =>
        Assert.Equal(expected, Wording.Percent(part, whole));

    [Theory]
    [InlineData(0.0123, "12 ms")]
    [InlineData(59.94, "59.9 s")]
    [InlineData(61, "1 min 1 s")]
    [InlineData(90_061, "25 h 1 min")]
    public void Duration_has_the_unit_that_fits(double seconds, string expected) =>
        Assert.Equal(expected, Wording.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(-5, "just now")]
    [InlineData(59, "just now")]
    [InlineData(3_599, "59 min ago")]
    [InlineData(3_600, "1 h ago")]
    [InlineData(200_000, "2 d ago")]
    public void Age_is_coarse(double seconds, string expected) =>
        Assert.Equal(expected, Wording.Ago(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(3, 2, "1.5/s")]
    [InlineData(5_000, 2, "2,500/s")]
    [InlineData(0, 0, "0.0/s")]
    public void Rate_counts_items_a_second(int items, double seconds, string expected) =>
        Assert.Equal(expected, Wording.PerSecond(items, TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Ids_of_two_moments_stay_apart_when_shortened()
    {
        var first = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddMilliseconds(1));
        var second = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddMilliseconds(2));

        Assert.NotEqual(Wording.ShortId(first), Wording.ShortId(second));
        Assert.StartsWith(Wording.ShortId(first)[..^1], first.ToString(), StringComparison.Ordinal);
    }
}
