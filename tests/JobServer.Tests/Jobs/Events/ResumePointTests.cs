using JobServer.Jobs.Events;

namespace JobServer.Tests.Jobs.Events;

public sealed class ResumePointTests
{
    [Theory]
    [InlineData("0", 0, false)]
    [InlineData("12", 12, false)]
    [InlineData("12.end", 12, true)]
    [InlineData("9223372036854775807", long.MaxValue, false)]
    public void An_id_says_what_was_seen(string id, long stateNo, bool isEnd)
    {
        Assert.True(ResumePoint.TryParse(id, out var point));
        Assert.Equal(new ResumePoint(stateNo, isEnd), point);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1,000")]
    [InlineData("1.end.end")]
    [InlineData("9223372036854775808")]
    public void Anything_else_is_none(string? id) => Assert.False(ResumePoint.TryParse(id, out _));
}
