using JobServer.Jobs.Events;

namespace JobServer.Tests.Jobs.Events;

public sealed class JobHistoryTests
{
    [Theory]
    [InlineData("Host=db;Password=hunter2;Timeout=5", "Host=db;Password=***;Timeout=5")]
    [InlineData("Authorization: Bearer abc, sent", "Authorization: ***, sent")]
    [InlineData("https://me:hunter2@example.org/a", "https://***@example.org/a")]
    [InlineData("api_key = abc", "api_key = ***")]
    [InlineData("42P01: relation \"x\"\n\ndoes not exist", "42P01: relation \"x\" does not exist")]
    [InlineData("the token was lost", "the token was lost")]
    public void Secrets_are_left_out_of_what_is_kept(string text, string kept) =>
        Assert.Equal(kept, JobHistory.Presentable(text));

    [Fact]
    public void What_is_kept_is_cut()
    {
        var kept = JobHistory.Presentable(new string('x', 10_000));

        Assert.Equal(JobHistory.MaxLength, kept.Length);
        Assert.EndsWith("x…", kept, StringComparison.Ordinal);
    }
}
