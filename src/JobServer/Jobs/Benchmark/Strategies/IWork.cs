namespace JobServer.Jobs.Benchmark.Strategies;

/// <summary>The work of one round: the same, whichever strategy of its family does it.</summary>
internal interface IWork : IDisposable
{
    /// <summary>See <see cref="Families"/>.</summary>
    static abstract string Family { get; }

    /// <summary>Called right before the strategy: from here on time counts.</summary>
    void Start();

    /// <summary>What came of it, once the strategy has ended.</summary>
    WorkResult Result();
}
