using System.Text.Encodings.Web;
using System.Text.Json;

namespace JobServer.Benchmarks;

internal sealed record Row(string Name, string Unit, double? Median, double? Min, double? Max, int Runs);

internal sealed record Ratio(string A, string B, double Median, double Min, double Max);

/// <summary>What a run prints, and what <c>--json</c> writes: the members of this record, no more.</summary>
internal sealed record Report(
    string Commit,
    IReadOnlyDictionary<string, object?> Machine,
    IReadOnlyDictionary<string, object?> Settings,
    IReadOnlyList<Row> Rows,
    IReadOnlyList<Ratio> Ratios
)
{
    private const int Decimals = 4;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Row RowOf(Series series) => RowOf(series.Name, series.Unit, Spread.Of(series.Values));

    public static Row RowOf(string name, string unit, Spread spread) =>
        new(
            name,
            unit,
            Math.Round(spread.Median, Decimals),
            Math.Round(spread.Min, Decimals),
            Math.Round(spread.Max, Decimals),
            spread.Runs
        );

    public static Row RowOf(LeftOut leftOut) => new(leftOut.Name, leftOut.Unit, null, null, null, 0);

    /// <summary>The ratios of those pairs of which both were run.</summary>
    public static IReadOnlyList<Ratio> RatiosOf(IReadOnlyList<Series> series, params (string A, string B)[] pairs) =>
        [
            .. from pair in pairs
            let a = series.FirstOrDefault(row => row.Name == pair.A)
            let b = series.FirstOrDefault(row => row.Name == pair.B)
            where a is not null && b is not null
            let spread = Spread.OfRatio(a, b)
            select new Ratio(
                pair.A,
                pair.B,
                Math.Round(spread.Median, Decimals),
                Math.Round(spread.Min, Decimals),
                Math.Round(spread.Max, Decimals)
            ),
        ];

    public async Task WriteJsonAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = File.Create(file);
        await JsonSerializer.SerializeAsync(stream, this, Json, cancellationToken);
    }

    public void WriteText(TextWriter output, IReadOnlyList<LeftOut> leftOut)
    {
        output.WriteLine();
        output.WriteLine($"commit {Commit}");
        WritePairs(output, Machine);
        WritePairs(output, Settings);

        output.WriteLine();
        output.WriteLine($"{"row", -34} {"unit", -12} {"median", 12} {"min", 12} {"max", 12} {"runs", 5}");
        foreach (var row in Rows)
        {
            var reason = leftOut.FirstOrDefault(candidate => candidate.Name == row.Name)?.Reason;
            output.WriteLine(
                reason is null
                    ? $"{row.Name, -34} {row.Unit, -12} {row.Median, 12:F2} {row.Min, 12:F2} {row.Max, 12:F2} {row.Runs, 5}"
                    : $"{row.Name, -34} left out: {reason}"
            );
        }

        output.WriteLine();
        output.WriteLine($"{"ratio, round by round", -48} {"median", 12} {"min", 12} {"max", 12}");
        foreach (var ratio in Ratios)
        {
            output.WriteLine(
                $"{ratio.A + " / " + ratio.B, -48} {ratio.Median, 12:F3} {ratio.Min, 12:F3} {ratio.Max, 12:F3}"
            );
        }
    }

    private static void WritePairs(TextWriter output, IReadOnlyDictionary<string, object?> pairs)
    {
        foreach (var (name, value) in pairs)
        {
            output.WriteLine(
                $"{name} {JsonSerializer.Serialize(value, Json)}".Replace("\n", "", StringComparison.Ordinal)
            );
        }
    }
}
