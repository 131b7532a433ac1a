using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using JobServer.Jobs.Benchmark.Report.Page;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page;

public sealed partial class StylesheetTests
{
    private static readonly string Text = Stylesheet.Element.Value["<style>".Length..^"</style>".Length];

    [Fact]
    public void Policy_lets_in_this_style_and_nothing_else()
    {
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

        Assert.StartsWith(
            $"default-src 'none'; style-src 'sha256-{hash}'; ",
            Stylesheet.Policy,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Both_schemes_can_be_read(int scheme)
    {
        var colours = Root().Matches(Text)[scheme].Groups["colours"].Value;
        var values = Colour()
            .Matches(colours)
            .ToDictionary(one => one.Groups["name"].Value, one => one.Groups["hex"].Value);

        string[] texts = ["ink", "soft", "link", "good", "bad"];
        Assert.All(texts, name => Assert.InRange(Contrast(values[name], values["paper"]), 4.5, 21));
        Assert.All(Enumerable.Range(0, 8), n => Assert.InRange(Contrast(values[$"c{n}"], values["field"]), 3, 21));
        Assert.InRange(Contrast(values["ink"], values["field"]), 4.5, 21);
    }

    // As WCAG 2 defines it.
    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string hex)
    {
        var full = hex.Length == 3 ? string.Concat(hex.Select(digit => $"{digit}{digit}")) : hex;
        double[] linear =
        [
            .. Convert
                .FromHexString(full)
                .Select(part => part / 255.0)
                .Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4)),
        ];
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    }

    [GeneratedRegex(@":root \{(?<colours>[^}]*)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Root();

    [GeneratedRegex("--(?<name>[a-z0-9]+): #(?<hex>[0-9a-f]+);", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Colour();
}
