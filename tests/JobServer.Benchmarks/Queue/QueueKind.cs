using JobServer.BatchedStorage;

namespace JobServer.Benchmarks.Queue;

/// <summary>A contender: how much of it is asked, and what it promises for that.</summary>
/// <param name="Warmup">Jobs before any that is timed.</param>
/// <param name="Single">Jobs enqueued one by one.</param>
/// <param name="Bulk">Jobs loaded at once; drained are both.</param>
/// <param name="HasBulk">It has a way of its own to load them, which is timed.</param>
/// <param name="Promise">Settings, and what is on disk when.</param>
internal sealed record QueueKind(
    string Name,
    QueueFamily Family,
    int Warmup,
    int Single,
    int Bulk,
    bool HasBulk,
    string Promise
)
{
    private const string History = "3 rows of history a job kept, commit on disk before and after each job";

    private static readonly int AsyncWorkers = new BatchedJobServerOptions().WorkerCount;

    public static readonly QueueKind[] All =
    [
        new(
            "stock",
            QueueFamily.Hangfire,
            Warmup: 200,
            Single: 500,
            Bulk: 1000,
            HasBulk: false,
            $"Hangfire.PostgreSql 1.21.1, BackgroundJobServer, {HangfireSystem.Threads} workers; {History}"
        ),
        new(
            "batchedThreads",
            QueueFamily.Batched,
            Warmup: 15_000,
            Single: 2000,
            Bulk: 20_000,
            HasBulk: true,
            $"JobServer.BatchedStorage, BackgroundJobServer, {HangfireSystem.Threads} workers; {History}, commits shared by all workers"
        ),
        new(
            "batched",
            QueueFamily.Batched,
            Warmup: 30_000,
            Single: 2000,
            Bulk: 40_000,
            HasBulk: true,
            $"JobServer.BatchedStorage, BatchedJobServer, {AsyncWorkers} async workers; {History}, commits shared by all workers"
        ),
        new(
            "inmemory",
            QueueFamily.Memory,
            Warmup: 10_000,
            Single: 20_000,
            Bulk: 60_000,
            HasBulk: false,
            $"Hangfire.InMemory 1.0.0, BackgroundJobServer, {HangfireSystem.Threads} workers; nothing on disk, one process: the ceiling"
        ),
        new(
            "graphile",
            QueueFamily.Graphile,
            Warmup: 500,
            Single: 1000,
            Bulk: 6000,
            HasBulk: true,
            "graphile-worker 0.18.0, concurrentJobs 24, maxPoolSize 25; the job's row is deleted when it has run, no history"
        ),
        new(
            "graphileBatch",
            QueueFamily.Graphile,
            Warmup: 4000,
            Single: 1000,
            Bulk: 40_000,
            HasBulk: true,
            "graphile-worker 0.18.0, also localQueue 500 and completeJobBatchDelay 0; claimed ahead, deleted in batches "
                + "after the next jobs began, no history"
        ),
        new(
            "pgboss",
            QueueFamily.PgBoss,
            Warmup: 300,
            Single: 1000,
            Bulk: 3000,
            HasBulk: true,
            "pg-boss 12.38.0, 20 loops of fetch 1 and complete 1; the job's row is kept, its last state only"
        ),
        new(
            "pgbossBatch",
            QueueFamily.PgBoss,
            Warmup: 2000,
            Single: 1000,
            Bulk: 20_000,
            HasBulk: true,
            "pg-boss 12.38.0, 4 loops of fetch 100 and complete 100; all of a batch end together, last state only"
        ),
    ];

    public bool IsPeer => Family is QueueFamily.Graphile or QueueFamily.PgBoss;
}

internal enum QueueFamily
{
    Hangfire,
    Batched,
    Memory,
    Graphile,
    PgBoss,
}
