using JobServer.EmbeddedPostgres;
using JobServer.IntegrationTests.EmbeddedPostgres;

[assembly: AssemblyFixture(typeof(StoppedCluster))]

namespace JobServer.IntegrationTests.EmbeddedPostgres;

/// <summary>A cluster that ran once and stopped. A copy of it is a second start, without the second of a first one.</summary>
public sealed class StoppedCluster : IDisposable
{
    private readonly SemaphoreSlim _making = new(1, 1);
    private TestFolder? _original;

    internal async Task<TestFolder> CopyAsync(CancellationToken cancellationToken)
    {
        var copy = new TestFolder();
        await CopyToAsync(copy, cancellationToken);
        return copy;
    }

    internal async Task CopyToAsync(TestFolder copy, CancellationToken cancellationToken)
    {
        await _making.WaitAsync(cancellationToken);
        try
        {
            _original ??= await MakeAsync(cancellationToken);
        }
        finally
        {
            _making.Release();
        }

        string[] words = ["cp", "-Rp", $"{_original.Path}/.", copy.Path];
        (await Command.RunAsync(words, "/", cancellationToken)).ThrowIfFailed();
    }

    public void Dispose()
    {
        _original?.Dispose();
        _making.Dispose();
    }

    private static async Task<TestFolder> MakeAsync(CancellationToken cancellationToken)
    {
        var folder = new TestFolder();
        await (await PostgresServer.StartAsync(folder.Options, cancellationToken)).DisposeAsync();
        return folder;
    }
}
