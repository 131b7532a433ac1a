namespace JobServer.IntegrationTests.Faults;

/// <summary>Where a test's chances come from: JOBSERVER_SEED repeats those of an earlier run.</summary>
internal static class Seed
{
    /// <summary>A seed, written to the test's output.</summary>
    public static int Print(ITestOutputHelper output)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("JOBSERVER_SEED"), out var given)
            ? given
            : Environment.TickCount;
        output.WriteLine($"JOBSERVER_SEED={seed}");
        return seed;
    }
}
