using Hangfire.States;
using JobServer.BatchedStorage.Working;

namespace JobServer.Tests.BatchedStorage.Working;

public sealed class CoreInternalsTests
{
    [Fact]
    public void The_members_of_this_version_are_found()
    {
        var state = CoreInternals.Get().Processing("server", "worker");
        Assert.Equal(("server", "worker"), (state.ServerId, state.WorkerId));
    }

    [Fact]
    public void A_version_without_them_is_named_with_the_one_that_has_them()
    {
        var fault = Assert.Throws<InvalidOperationException>(() =>
            CoreInternals.Find(typeof(ProcessingState), typeof(int), typeof(Guid))
        );
        Assert.Contains("ProcessingState(Int32, Guid)", fault.Message, StringComparison.Ordinal);
        Assert.Contains("1.8.25", fault.Message, StringComparison.Ordinal);
    }
}
