using JobServer.Jobs;

namespace JobServer.Hosting.Demo;

/// <summary>One job of the demo.</summary>
internal interface IDemoPart
{
    /// <summary>What it does, in one line.</summary>
    string Announcement { get; }

    Task<JobView> SubmitAsync(DemoClient client, CancellationToken stop);

    /// <summary>Reads what came of the job, and shows it; true when all of it is as expected.</summary>
    Task<bool> CheckAsync(DemoClient client, JobView job, CancellationToken stop);
}
