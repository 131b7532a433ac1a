using System.Diagnostics;

namespace JobServer.Benchmarks.Enrichment;

/// <summary>Writes a file of people to try things with.</summary>
internal static class CsvVerb
{
    public const string Usage = """
        dotnet JobServer.Benchmarks.dll csv --rows N | --bytes SIZE [--seed N] [--awkward] OUT
        """;

    private const string AwkwardSwitch = "--awkward";

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        if (args is not [.. var options, var path] || path.StartsWith("--", StringComparison.Ordinal))
        {
            throw new MissingException("the file to write, at the end");
        }

        var line = new CommandLine(
            "csv",
            [.. options.Where(option => option != AwkwardSwitch)],
            "rows",
            "bytes",
            "seed"
        );
        if (line["rows"] is null == line["bytes"] is null)
        {
            throw new MissingException("either --rows or --bytes");
        }

        var seed = line.Seed();
        var rows = line["rows"] is null ? long.MaxValue : line.Number("rows", absent: 0, least: 1, most: int.MaxValue);
        var bytes = line["bytes"] is { } size ? ByteSize.Parse(size) : long.MaxValue;
        var clock = Stopwatch.StartNew();
        var file = await CsvFile.WriteAsync(
            path,
            new CsvRows(seed, options.Contains(AwkwardSwitch, StringComparer.Ordinal)),
            rows,
            bytes,
            cancellationToken
        );
        var seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine($"{file.Rows} rows, {file.Bytes} bytes, seed {seed}, in {seconds:F2} s: {path}");
        return ExitCodes.Correct;
    }
}
