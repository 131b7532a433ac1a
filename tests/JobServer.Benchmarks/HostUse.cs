namespace JobServer.Benchmarks;

/// <summary>What a host and its PostgreSQL use from here on.</summary>
internal sealed class HostUse
{
    private readonly int _pid;
    private readonly double _hostBefore;
    private readonly double _postgresBefore;

    private HostUse(int pid)
    {
        _pid = pid;
        _hostBefore = ProcessFigures.CpuSeconds(pid);
        _postgresBefore = ProcessFigures.CpuSecondsBelow(pid);
    }

    /// <summary>Null when the host runs elsewhere.</summary>
    public static HostUse? Begin(JobServerHost host) => host.Pid is { } pid ? new HostUse(pid) : null;

    public IReadOnlyList<Figure> End()
    {
        var figures = new List<Figure>
        {
            new("cpu.jobserver", "CPU s/run", ProcessFigures.CpuSeconds(_pid) - _hostBefore),
            // All that runs below the host is its PostgreSQL.
            new("cpu.postgres", "CPU s/run", ProcessFigures.CpuSecondsBelow(_pid) - _postgresBefore),
        };
        if (ProcessFigures.PeakRssMib(_pid) is { } peak)
        {
            figures.Add(new("peakRss.jobserver", "MiB", peak));
        }

        return figures;
    }
}
