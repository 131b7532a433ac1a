namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>A threshold's figure in the unit of its metric.</summary>
internal static class MetricText
{
    public static string Of(string metric, double? value) =>
        value is not { } figure ? Figures.None
        : metric.Contains("throughput", StringComparison.OrdinalIgnoreCase) ? Figures.PerSecond(figure)
        : metric.Contains("ratio", StringComparison.OrdinalIgnoreCase) ? Figures.Times(figure)
        : metric.Contains("bytes", StringComparison.OrdinalIgnoreCase) ? Figures.Bytes(figure)
        : metric.Contains("percent", StringComparison.OrdinalIgnoreCase) ? Figures.Percent(figure)
        : metric.Contains("error", StringComparison.OrdinalIgnoreCase) ? Figures.Short(figure)
        : Figures.Seconds(figure);
}
