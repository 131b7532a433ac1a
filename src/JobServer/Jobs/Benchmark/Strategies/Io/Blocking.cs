namespace JobServer.Jobs.Benchmark.Strategies.Io;

/// <summary>What of a call a thread waits for.</summary>
internal enum Blocking
{
    /// <summary>Nothing: all of it is awaited.</summary>
    Never,

    /// <summary>Its body; the headers are awaited.</summary>
    Body,

    /// <summary>All of it, and that it is due.</summary>
    Always,
}
