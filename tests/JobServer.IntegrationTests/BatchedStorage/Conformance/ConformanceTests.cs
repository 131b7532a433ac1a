using Hangfire;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>What must be the same in both storages: each test is run against either.</summary>
public abstract class ConformanceTests(BothStorages storages) : IClassFixture<BothStorages>
{
    protected BothStorages Storages { get; } = storages;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected BackgroundJobClient Client(StorageKind kind) => new(Storages[kind]);

    protected StorageRows Rows(StorageKind kind) => Storages.Rows(kind);

    internal RunningServer Serve(StorageKind kind, params string[] queues) => new(Storages[kind], queues);
}
