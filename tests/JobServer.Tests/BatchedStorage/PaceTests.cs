using JobServer.BatchedStorage.Claiming;

namespace JobServer.Tests.BatchedStorage;

public sealed class PaceTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Nothing_is_expected_of_who_began_nothing() =>
        Assert.Equal(0, new Pace(_time).In(TimeSpan.FromSeconds(1)));

    [Fact]
    public void As_many_are_expected_as_were_begun_in_the_last_window()
    {
        var pace = new Pace(_time);
        Begin(pace, 100);
        _time.Move(TimeSpan.FromSeconds(0.5));

        Assert.Equal(40, pace.In(TimeSpan.FromSeconds(0.2)));
    }

    [Fact]
    public void A_burst_counts_before_its_window_is_over()
    {
        var pace = new Pace(_time);
        Begin(pace, 50);

        Assert.Equal(40, pace.In(TimeSpan.FromSeconds(0.2)));
    }

    [Fact]
    public void Who_stops_is_forgotten_after_a_window()
    {
        var pace = new Pace(_time);
        Begin(pace, 100);
        _time.Move(TimeSpan.FromSeconds(0.5));
        pace.In(TimeSpan.FromSeconds(0.2));
        _time.Move(TimeSpan.FromSeconds(0.5));

        Assert.Equal(0, pace.In(TimeSpan.FromSeconds(0.2)));
    }

    [Fact]
    public void A_reset_forgets_at_once()
    {
        var pace = new Pace(_time);
        Begin(pace, 100);
        pace.Reset();

        Assert.Equal(0, pace.In(TimeSpan.FromSeconds(0.2)));
    }

    private static void Begin(Pace pace, int jobs)
    {
        for (var job = 0; job < jobs; job++)
            pace.Count();
    }
}
