using System.Text.Json;

namespace JobServer.Benchmarks.Fetch;

/// <summary>
/// What a child process that fetches says of one run, as one line of JSON. It times itself, so that neither its start nor
/// the pipe counts.
/// </summary>
internal sealed record ChildRun(double Seconds, double CpuSeconds, double? PeakRssMib, int Items, string? Error)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public string ToLine() => JsonSerializer.Serialize(this, Json);

    public static ChildRun Parse(string line) =>
        JsonSerializer.Deserialize<ChildRun>(line, Json) ?? throw new IncorrectException("a child said 'null'");

    public Measurement Checked(string name, int urls)
    {
        if (Error is not null || Items != urls)
        {
            throw new IncorrectException($"fetch.{name}: {Items} of {urls} items; {Error}");
        }

        var figures = new List<Figure> { new($"cpu.{name}", "CPU s/run", CpuSeconds) };
        if (PeakRssMib is { } peak)
        {
            figures.Add(new($"peakRss.{name}", "MiB", peak));
        }

        return new Measurement(urls / Seconds, Seconds, figures);
    }
}
