using System.Text.Json;

namespace JobServer.Benchmarks.Benchmark;

/// <summary>What JobServer reports of a benchmark job.</summary>
internal sealed record JobReport(JsonElement Report)
{
    public double ThroughputOf(string contender) => Of(contender).GetProperty("throughput").GetDouble();

    public JobRatio RatioOf(string contender)
    {
        var ratio = Of(contender).GetProperty("ratio");
        return new JobRatio(
            ratio.GetProperty("value").GetDouble(),
            ratio.GetProperty("low").GetDouble(),
            ratio.GetProperty("high").GetDouble(),
            ratio.GetProperty("pairs").GetInt32()
        );
    }

    public string VerdictOf(string contender) => Of(contender).GetProperty("verdict").GetString()!;

    private JsonElement Of(string contender) =>
        Report
            .GetProperty("families")
            .EnumerateArray()
            .SelectMany(family => family.GetProperty("strategies").EnumerateArray())
            .First(strategy => strategy.GetProperty("name").GetString() == contender);
}

/// <summary>How many times as fast as its baseline a contender is, with the ends of the interval.</summary>
internal sealed record JobRatio(double Value, double Low, double High, int Pairs);
