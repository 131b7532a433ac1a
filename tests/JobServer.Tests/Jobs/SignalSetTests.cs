using System.Text;
using JobServer.Jobs;
using JobServer.Ledger;

namespace JobServer.Tests.Jobs;

public sealed class SignalSetTests
{
    [Fact]
    public void What_is_read_is_what_was_written()
    {
        var set = new SignalSet();
        var jobs = Enumerable.Range(0, 3).Select(_ => Guid.NewGuid()).ToHashSet();
        foreach (var job in jobs.Concat(jobs))
            set.AddJob(job);
        set.AddQueue("fetch");
        set.AddQueue("benchmark");

        var (origin, read) = SignalSet.Read(Assert.Single(set.ToTexts("me")));

        Assert.Equal("me", origin);
        Assert.Equal(jobs, read.Jobs.ToHashSet());
        Assert.Equal(["benchmark", "fetch"], read.Queues.Order());
    }

    [Fact]
    public void Many_jobs_take_several_texts_none_of_them_too_long()
    {
        var set = new SignalSet();
        var jobs = Enumerable.Range(0, SignalSet.MaxJobs).Select(_ => Guid.NewGuid()).ToHashSet();
        foreach (var job in jobs)
            set.AddJob(job);

        var texts = set.ToTexts("12345678");

        Assert.All(texts, text => Assert.InRange(Encoding.UTF8.GetByteCount(text), 1, SignalChannel.MaxBytes));
        Assert.InRange(texts.Count, 2, 31);
        Assert.Equal(jobs, texts.SelectMany(text => SignalSet.Read(text).Signals.Jobs).ToHashSet());
    }

    [Fact]
    public void More_jobs_than_that_are_any_job()
    {
        var set = new SignalSet();
        for (var n = 0; n <= SignalSet.MaxJobs + 1; n++)
            set.AddJob(Guid.NewGuid());

        Assert.Equal([Guid.Empty], set.Jobs);
        Assert.Equal([Guid.Empty], SignalSet.Read(Assert.Single(set.ToTexts("me"))).Signals.Jobs);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("x  j1 jnot-an-id-of-22-chars! q x y")]
    [InlineData("x jAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("x jäAAAAAAAAAAAAAAAAAAAAA")]
    public void What_others_notify_says_nothing(string text) => Assert.True(SignalSet.Read(text).Signals.IsEmpty);
}
