using System.Text.Json;

namespace JobServer.Benchmarks;

/// <summary>
/// What a child process that is compared says of one run, as one line of JSON. It times itself, so that neither its start
/// nor the pipe counts.
/// </summary>
internal sealed record ChildRun(double Seconds, double CpuSeconds, double? PeakRssMib, int Items, string? Error)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public string ToLine() => JsonSerializer.Serialize(this, Json);

    public static ChildRun Parse(string line) =>
        JsonSerializer.Deserialize<ChildRun>(line, Json) ?? throw new IncorrectException("a child said 'null'");

    /// <param name="contender">Such as <c>fetch.loop</c>; its figures are named by what follows the dot.</param>
    /// <param name="items">How many there must be.</param>
    public Measurement Checked(string contender, int items)
    {
        if (Error is not null || Items != items)
        {
            throw new IncorrectException($"{contender}: {Items} of {items} items; {Error}");
        }

        var name = contender[(contender.IndexOf('.', StringComparison.Ordinal) + 1)..];
        var figures = new List<Figure> { new($"cpu.{name}", "CPU s/run", CpuSeconds) };
        if (PeakRssMib is { } peak)
        {
            figures.Add(new($"peakRss.{name}", "MiB", peak));
        }

        return new Measurement(items / Seconds, Seconds, figures);
    }
}
