namespace JobServer.Tests;

/// <summary>Tests of figures of the whole process, which other tests beside them would change.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
