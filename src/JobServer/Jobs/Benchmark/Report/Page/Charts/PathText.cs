using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>Path data of an interpolated string whose numbers are cut to a tenth of a pixel, which no eye can tell.</summary>
[InterpolatedStringHandler]
internal readonly struct PathText(int literalLength, int formattedCount)
{
    private readonly StringBuilder _path = new(literalLength + formattedCount * 5);

    public void AppendLiteral(string literal) => _path.Append(literal);

    public void AppendFormatted(double pixels) => _path.Append(Px.Of(pixels));

    public override string ToString() => _path.ToString();
}

/// <summary>Pixels as attributes hold them.</summary>
internal static class Px
{
    /// <summary>To a tenth, without a sign before zero.</summary>
    public static string Of(double pixels) =>
        (Math.Round(pixels, 1) + 0.0).ToString("0.#", CultureInfo.InvariantCulture);
}
