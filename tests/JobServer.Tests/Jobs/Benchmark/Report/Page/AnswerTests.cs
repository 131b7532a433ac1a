using JobServer.Jobs.Benchmark.Report;
using JobServer.Jobs.Benchmark.Report.Page;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page;

public sealed class AnswerTests
{
    private static readonly SampleContender Sequential = new("io-sequential", "io-sequential", 1);

    [Fact]
    public void Winner_is_named_with_ratio_and_interval()
    {
        var answer = Of(new SampleReport(), Sequential, new SampleContender("io-async", "io-async", 8));

        Assert.Equal("io-async", answer.Lead);
        Assert.Matches(
            " is the fastest: 8.00 times as fast as io-sequential \\(95.% interval .* to .*, from 20 pairs of rounds\\)\\.",
            answer.Rest
        );
        Assert.Null(answer.Advice);
    }

    [Fact]
    public void Two_that_do_not_beat_each_other_win_together()
    {
        var answer = Of(
            new SampleReport(),
            Sequential,
            new SampleContender("io-async", "io-async", 8),
            new SampleContender("io-mixed", "io-mixed", 8.01)
        );

        Assert.Equal("io-mixed and io-async", answer.Lead);
        Assert.StartsWith(
            " are the fastest; the rounds do not tell them apart. io-mixed is 8.01 times",
            answer.Rest,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Many_winners_are_not_all_named()
    {
        var equals = Enumerable.Range(0, 6).Select(i => new SampleContender($"io-async-{i}", "io-async", 8));

        var answer = Of(new SampleReport(), [Sequential, .. equals]);

        Assert.Equal("io-async-0, io-async-1, io-async-2 and 3 more", answer.Lead);
        Assert.StartsWith(
            " are the fastest; the rounds do not tell them apart.",
            answer.Rest,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Where_all_are_equal_nobody_wins()
    {
        var answer = Of(
            new SampleReport(),
            Sequential with
            {
                Noise = 0,
            },
            new SampleContender("io-mixed", "io-mixed", 1, 0)
        );

        Assert.Equal(
            new Answer("There is no winner:", "io-sequential and io-mixed are equally fast in practice."),
            answer
        );
    }

    [Fact]
    public void Winners_among_whom_one_may_be_slower_than_the_baseline_are_none()
    {
        var answer = Of(
            new SampleReport(),
            Sequential,
            new SampleContender("io-mixed", "io-mixed", 1.03, Noise: 0.5),
            new SampleContender("io-threads", "io-threads", 0.5)
        );

        Assert.Equal("It cannot be told yet.", answer.Lead);
        Assert.StartsWith("The rounds vary too much: io-mixed is between ", answer.Rest, StringComparison.Ordinal);
    }

    [Fact]
    public void Baseline_that_nothing_beats_is_said_to_be_it()
    {
        var answer = Of(new SampleReport(), Sequential, new SampleContender("io-mixed", "io-mixed", 0.5));

        Assert.Equal("io-sequential", answer.Lead);
        Assert.StartsWith(", the baseline, is the fastest", answer.Rest, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_few_pairs_ask_for_more_rounds()
    {
        var few = new SampleReport { Rounds = 5 };

        var answer = Of(few, Sequential, new SampleContender("io-async", "io-async", 8));

        Assert.Equal("It cannot be told yet.", answer.Lead);
        Assert.Equal("io-async and the baseline have 5 pairs of rounds that count; a verdict needs 6.", answer.Rest);
        Assert.StartsWith("Send the request again with more rounds", answer.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Running_job_asks_for_patience()
    {
        var report = Make(new SampleReport { Rounds = 5 }, Sequential, new SampleContender("io-async", "io-async", 8));
        report = report with { Job = report.Job with { FinishedAt = null } };

        Assert.Equal("Wait for more rounds.", Answer.Of(FamilyView.Of(report, report.Families[0], 0)).Advice);
    }

    [Fact]
    public void Rounds_that_vary_too_much_ask_for_a_quieter_machine()
    {
        var answer = Of(new SampleReport(), Sequential, new SampleContender("io-async", "io-async", 1.04, Noise: 0.5));

        Assert.StartsWith("The rounds vary too much: io-async is between ", answer.Rest, StringComparison.Ordinal);
        Assert.EndsWith(
            "on a quieter machine, or with a tolerance above 5\u00A0%.",
            answer.Advice,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void One_alone_is_told_how_to_be_compared()
    {
        var answer = Of(new SampleReport(), Sequential);

        Assert.Equal("io-sequential", answer.Lead);
        Assert.StartsWith(" ran alone: ", answer.Rest, StringComparison.Ordinal);
        Assert.NotNull(answer.Advice);
    }

    [Fact]
    public void Failures_are_named_where_no_round_counts()
    {
        var failing = new SampleContender("io-async", "io-async", 0);

        Assert.Equal(
            "None of the recorded rounds counts (20 × failed: http_500).",
            Of(new SampleReport(), failing).Rest
        );
        Assert.Equal(
            "No round of io-async counts (20 × failed: http_500).",
            Of(new SampleReport(), Sequential, failing).Rest
        );
    }

    [Fact]
    public void Nothing_recorded_is_not_measured_yet() =>
        Assert.Equal("Not measured yet.", Of(new SampleReport { Rounds = 0 }, Sequential).Lead);

    private static Answer Of(SampleReport sample, params SampleContender[] contenders)
    {
        var report = Make(sample, contenders);
        return Answer.Of(FamilyView.Of(report, report.Families[0], 0));
    }

    private static BenchmarkReport Make(SampleReport sample, params SampleContender[] contenders) =>
        sample.Add("io", 100, contenders).Make();
}
