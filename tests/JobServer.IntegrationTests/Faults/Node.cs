using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Faults;

/// <summary>A host and its successors: whoever is killed is followed by another one.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly string _database;
    private readonly IReadOnlyDictionary<string, string>? _settings;

    // The dead are kept until the end: somebody may be amid a request to one, and a failed test wants their logs.
    private readonly List<HostProcess> _hosts = [];

    private Node(string database, IReadOnlyDictionary<string, string>? settings) =>
        (_database, _settings) = (database, settings);

    public HostProcess Host => _hosts[^1];

    public static async Task<Node> StartAsync(
        string database,
        IReadOnlyDictionary<string, string>? settings,
        CancellationToken cancellationToken
    )
    {
        var node = new Node(database, settings);
        await node.StartAgainAsync(cancellationToken);
        return node;
    }

    public async Task StartAgainAsync(CancellationToken cancellationToken) =>
        _hosts.Add(await HostProcess.StartAsync(_database, _settings, cancellationToken));

    public async Task KillAndStartAgainAsync(CancellationToken cancellationToken)
    {
        await Host.KillAsync();
        await StartAgainAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
    }
}
