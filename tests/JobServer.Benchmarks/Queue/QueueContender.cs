namespace JobServer.Benchmarks.Queue;

/// <summary>One contender's run: a new database and new processes, then each figure in turn. Its value is the drain.</summary>
internal sealed class QueueContender(QueueKind kind, QueueServer server, QueuePeers? peers) : IContender
{
    private const int ProducerWarmup = 200;
    private const int IdleJobs = 100;
    private const double IdlePerSecond = 50;
    private const double BusySeconds = 2;
    private static readonly TimeSpan Sample = TimeSpan.FromMilliseconds(100);

    public string Name => $"drain.{kind.Name}";

    public string Unit => "jobs/s";

    public async Task<Measurement> RunAsync(Round round, CancellationToken cancellationToken)
    {
        var connection = await server.CreateDatabaseAsync(cancellationToken);
        await using var process = Start(connection);
        var before = await WarmUpAsync(process, cancellationToken);

        var figures = new List<Figure>();
        var single = await process.AskAsync("enqueue", kind.Single, cancellationToken);
        figures.Add(new($"enqueue.{kind.Name}", "jobs/s", single.PerSecond));
        await LoadAsync(process, connection, figures, cancellationToken);
        var drain = await DrainAsync(process, connection, figures, cancellationToken);
        await QueueCheck.RunAsync(kind, connection, before + drain.Items, cancellationToken);
        // Half of what one job after the other, enqueued and run, makes of the machine that both share.
        var pace = 1 / (1 / single.PerSecond + 1 / drain.PerSecond) / 2;
        figures.Add(new($"paceHalf.{kind.Name}", "jobs/s", pace));
        await WaitAsync(process, connection, pace, figures, cancellationToken);
        return new Measurement(drain.PerSecond, drain.Seconds, figures);
    }

    /// <summary>Does all that is timed once; returns how many jobs that were.</summary>
    private async Task<int> WarmUpAsync(QueueProcess process, CancellationToken cancellationToken)
    {
        var jobs = (await process.AskAsync("prepare", 0, cancellationToken)).Items;
        var bulk = kind.HasBulk ? kind.Warmup * 3 / 4 : 0;
        if (bulk > 0)
            await process.AskAsync("bulk", bulk, cancellationToken);
        await process.AskAsync("enqueue", kind.Warmup - bulk, cancellationToken);
        await process.AskAsync("drain", jobs + kind.Warmup, cancellationToken);
        return jobs + kind.Warmup;
    }

    private QueueProcess Start(string connection) =>
        new(
            kind.IsPeer
                ? peers!.Start(kind.Name, connection)
                : ChildProcess.Start(
                    kind.Name,
                    ChildProcess.Dotnet,
                    [ChildProcess.OwnAssembly, QueueChild.Verb, kind.Name, connection]
                ),
            kind.Name
        );

    private async Task LoadAsync(
        QueueProcess process,
        string connection,
        List<Figure> figures,
        CancellationToken cancellationToken
    )
    {
        if (kind.HasBulk)
        {
            var bulk = await process.AskAsync("bulk", kind.Bulk, cancellationToken);
            figures.Add(new($"enqueueBulk.{kind.Name}", "jobs/s", bulk.PerSecond));
        }
        else if (kind.Family == QueueFamily.Memory)
            await process.AskAsync("enqueue", kind.Bulk, cancellationToken);
        else
            await QueueLoad.WaitingAsync(connection, kind.Bulk, cancellationToken);

        await QueueServer.ExecuteAsync(connection, cancellationToken, "analyze");
    }

    private async Task<QueueAnswer> DrainAsync(
        QueueProcess process,
        string connection,
        List<Figure> figures,
        CancellationToken cancellationToken
    )
    {
        var (wal, cpu, connections) = (await server.WalAsync(cancellationToken), server.CpuSeconds(), 0L);
        var draining = process.AskAsync("drain", kind.Single + kind.Bulk, cancellationToken);
        while (await Task.WhenAny(draining, Task.Delay(Sample, cancellationToken)) != draining)
            connections = Math.Max(connections, await server.ConnectionsAsync(connection, cancellationToken));
        var drain = await draining;
        figures.Add(new($"cpu.{kind.Name}", "us/job", drain.CpuSeconds * 1e6 / drain.Items));
        if (kind.Family == QueueFamily.Memory)
            return drain;
        figures.Add(new($"postgresCpu.{kind.Name}", "us/job", (server.CpuSeconds() - cpu) * 1e6 / drain.Items));
        figures.Add(
            new($"wal.{kind.Name}", "bytes/job", (await server.WalAsync(cancellationToken) - wal) / drain.Items)
        );
        figures.Add(new($"connections.{kind.Name}", "most", connections));
        return drain;
    }

    /// <summary>From enqueue to start, producer and worker in two processes; in one where there is only one.</summary>
    private async Task WaitAsync(
        QueueProcess worker,
        string connection,
        double pace,
        List<Figure> figures,
        CancellationToken cancellationToken
    )
    {
        await using var other = kind.Family == QueueFamily.Memory ? null : Start(connection);
        var producer = other ?? worker;
        if (other is not null && kind.IsPeer)
            await other.AskAsync("prepare", 0, cancellationToken);
        await worker.AskAsync("work", 0, cancellationToken);
        await producer.AskAsync("enqueue", ProducerWarmup, cancellationToken);
        foreach (
            var (load, count, perSecond) in new[]
            {
                ("", IdleJobs, IdlePerSecond),
                ("Half", Math.Max(IdleJobs, (int)(pace * BusySeconds)), pace),
            }
        )
        {
            if (load.Length > 0)
                await worker.AskAsync("busy", 0, cancellationToken);
            await producer.AskAsync("produce", count, perSecond, cancellationToken);
            var waits = await worker.AskAsync("report", count, cancellationToken);
            figures.Add(new($"latency{load}P50.{kind.Name}", "ms", waits.P50Ms!.Value));
            figures.Add(new($"latency{load}P99.{kind.Name}", "ms", waits.P99Ms!.Value));
        }
    }
}
