namespace JobServer.Jobs.Benchmark.Strategies;

/// <summary>One way to do the work of its family.</summary>
internal interface IStrategy
{
    /// <summary>What submissions call it: the family, a hyphen, and how.</summary>
    string Name { get; }

    /// <summary>See <see cref="Families"/>.</summary>
    string Family { get; }

    /// <summary>Whether it can be told how much to do at once.</summary>
    bool HasConcurrency { get; }
}

/// <summary>A strategy of the family that does <typeparamref name="TWork"/>: what all of them implement.</summary>
internal interface IStrategy<in TWork> : IStrategy
    where TWork : IWork
{
    string IStrategy.Family => TWork.Family;

    /// <summary>Does all the work of a round; it is done when this ends.</summary>
    /// <param name="concurrency">How much to do at once; of no meaning without <see cref="IStrategy.HasConcurrency"/>.</param>
    /// <param name="cancellationToken">Ends it within a fraction of a second, as a cancellation.</param>
    Task RunAsync(TWork work, int concurrency, CancellationToken cancellationToken);
}

/// <summary>Strategies of one family do the same work, and only they are compared.</summary>
internal static class Families
{
    public const string Io = "io";
    public const string Cpu = "cpu";
    public const string Delay = "delay";

    /// <summary>In the order in which reports show them.</summary>
    public static readonly IReadOnlyList<string> All = [Io, Cpu, Delay];

    /// <summary>The one that a type such as <c>io-async</c> belongs to.</summary>
    public static string Of(string strategy) => strategy.Split('-', 2)[0];
}
