using System.Numerics;
using JobServer.Jobs.Benchmark.Measuring;

namespace JobServer.Tests.Jobs.Benchmark.Measuring;

public sealed class EnvironmentReaderTests
{
    [Fact]
    public void Environment_is_that_of_this_process()
    {
        var environment = EnvironmentReader.Read();

        Assert.Equal(Environment.ProcessorCount, environment.Cores);
        Assert.Equal(Environment.MachineName, environment.Host);
        Assert.Equal($"{8 * Vector<byte>.Count} bits", environment.VectorWidth);
        Assert.StartsWith(".NET 10.", environment.Runtime, StringComparison.Ordinal);
        Assert.Matches("^(server|workstation), (not )?concurrent$", environment.GcMode);
        Assert.Matches(@"^\d+\.\d+\.\d+$", environment.Version);
        Assert.InRange(environment.MemoryBytes, 1 << 20, long.MaxValue);
        Assert.InRange(environment.MinPoolThreads, 1, 100_000);
        Assert.InRange(environment.TimerResolution, 1e-10, 1e-3);
        Assert.All(
            new[] { environment.Os, environment.Architecture },
            text => Assert.False(string.IsNullOrWhiteSpace(text))
        );
    }

    [Fact]
    public void Model_of_the_processor_is_read_where_there_is_one()
    {
        Assert.Equal(
            "A Processor: 3 GHz",
            EnvironmentReader.CpuModel(["processor\t: 0", "model name\t: A Processor: 3 GHz", "model name\t: B"])
        );
        Assert.Null(EnvironmentReader.CpuModel(["processor\t: 0", "BogoMIPS\t: 50.00"]));
    }
}
