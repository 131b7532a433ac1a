using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;

namespace JobServer.IntegrationTests.Jobs.Events;

/// <summary>A running job whose items end one by one, when they are told to.</summary>
internal sealed class GatedJob
{
    private readonly SemaphoreSlim _gate;

    private GatedJob(string id, SemaphoreSlim gate) => (Id, _gate) = (id, gate);

    public string Id { get; }

    public static async Task<GatedJob> StartAsync(
        JobClient jobs,
        Peer peer,
        int items,
        CancellationToken cancellationToken
    )
    {
        var gate = new SemaphoreSlim(0);
        var url = peer.Serve(http => gate.WaitAsync(http.RequestAborted));
        var options = new { itemTimeout = "00:05:00", concurrency = items };
        var job = await jobs.SubmitAsync(
            new { urls = Enumerable.Range(0, items).Select(n => $"{url}?{n}"), options },
            cancellationToken
        );
        return new GatedJob(job.Id(), gate);
    }

    public void Release(int items = 1) => _gate.Release(items);
}
