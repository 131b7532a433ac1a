namespace JobServer.IntegrationTests.Faults;

/// <summary>
/// Clients that submit as many jobs as they are asked for: of one to five items that take 0 to 100 ms each, every tenth an
/// enrichment, half of them with a key. What was not answered by 202 is made up for by another.
/// </summary>
internal sealed class Load : IAsyncDisposable
{
    private const int Clients = 8;

    private readonly SemaphoreSlim _asked = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _clients;
    private readonly ClientRecord _record;

    public Load(ClientRecord record, Func<HttpClient> host, string peer, int seed)
    {
        _record = record;
        var client = new Client(record, host, peer);
        _clients =
        [
            .. Enumerable.Range(0, Clients).Select(n => Task.Run(() => RunAsync(client, new Random(seed + n)))),
        ];
    }

    public void Ask(int jobs) => _asked.Release(jobs);

    /// <summary>Waits until so many jobs in all were accepted.</summary>
    public async Task WaitForAsync(int accepted, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (_record.Accepted < accepted)
        {
            if (Array.Find(_clients, client => client.IsCompleted) is { } ended)
                await ended;
            await Task.Delay(5, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
        _stop.Dispose();
        _asked.Dispose();
    }

    private async Task RunAsync(Client client, Random random)
    {
        try
        {
            while (true)
            {
                await _asked.WaitAsync(_stop.Token);
                var kind = random.Next(10) == 0 ? "enrichment" : "fetch";
                var sent = _record.Begin(kind, random.Next(1, 6), hasKey: random.Next(2) == 0);
                if (!await client.SubmitAsync(sent, random.Next(0, 100), _stop.Token))
                    _asked.Release();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // What was under way stays in the record as not acknowledged.
        }
    }
}
