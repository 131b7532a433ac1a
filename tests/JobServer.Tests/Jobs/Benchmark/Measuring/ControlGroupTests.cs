using JobServer.Jobs.Benchmark.Measuring;

namespace JobServer.Tests.Jobs.Benchmark.Measuring;

public sealed class ControlGroupTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("control-group-");

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData("150000 100000\n", "2147483648\n", "1.5 cores, 2 GiB of memory")]
    [InlineData("max 100000\n", "536870912\n", "0.5 GiB of memory")]
    [InlineData("200000 100000\n", "max\n", "2 cores")]
    [InlineData("max 100000\n", "max\n", null)]
    public void Limits_of_version_2_are_read(string cpu, string memory, string? expected)
    {
        Write("cpu.max", cpu);
        Write("memory.max", memory);

        Assert.Equal(expected, ControlGroup.Limits(_root.FullName));
    }

    [Theory]
    [InlineData("150000\n", "2147483648\n", "1.5 cores, 2 GiB of memory")]
    [InlineData("-1\n", "9223372036854771712\n", null)]
    public void Limits_of_version_1_are_read(string quota, string memory, string? expected)
    {
        Write("cpu/cpu.cfs_quota_us", quota);
        Write("cpu/cpu.cfs_period_us", "100000\n");
        Write("memory/memory.limit_in_bytes", memory);

        Assert.Equal(expected, ControlGroup.Limits(_root.FullName));
    }

    [Fact]
    public void Without_control_groups_there_are_no_limits()
    {
        Assert.Null(ControlGroup.Limits(_root.FullName));
        Assert.Null(ControlGroup.Limits(Path.Combine(_root.FullName, "nowhere")));
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_root.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
