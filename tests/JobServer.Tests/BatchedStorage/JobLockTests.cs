using JobServer.BatchedStorage.Locking;

namespace JobServer.Tests.BatchedStorage;

public sealed class JobLockTests
{
    [Theory]
    [InlineData("job:1:state-lock", 1L)]
    [InlineData("job:9223372036854775807:state-lock", long.MaxValue)]
    [InlineData("job:9223372036854775808:state-lock", null)]
    [InlineData("job::state-lock", null)]
    [InlineData("job:-1:state-lock", null)]
    [InlineData("job: 1:state-lock", null)]
    [InlineData("job:1:state-lock:more", null)]
    [InlineData("my-job:1:state-lock", null)]
    [InlineData("locks:schedulepoller", null)]
    public void Only_the_lock_of_a_job_names_one(string resource, long? id) => Assert.Equal(id, JobLock.IdOf(resource));
}
