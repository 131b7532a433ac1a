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
