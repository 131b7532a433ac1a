namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>How the page says figures: three significant digits, and the unit that makes them short.</summary>
internal static class Figures
{
    /// <summary>Where there is no figure.</summary>
    public const string None = "–";

    // A figure and its unit stay on one line.
    private const char Gap = '\u00A0';

    private const int Digits = 3;

    private static readonly (double Size, string Name)[] TimeUnits =
    [
        (1, "s"),
        (1e-3, "ms"),
        (1e-6, "µs"),
        (1e-9, "ns"),
    ];

    private static readonly (double Size, string Name)[] ByteUnits =
    [
        (1L << 40, "TiB"),
        (1L << 30, "GiB"),
        (1L << 20, "MiB"),
        (1L << 10, "KiB"),
        (1, "B"),
    ];

    /// <summary>Such as <c>121 ms</c>; 2,400 s stay seconds.</summary>
    public static string Seconds(double? seconds) => InUnits(seconds, TimeUnits, Significant);

    /// <summary>The same without zeros at the end, for axes.</summary>
    public static string ShortSeconds(double seconds) => InUnits(seconds, TimeUnits, Short);

    /// <summary>Such as <c>1.21 MiB</c>; bytes are whole.</summary>
    public static string Bytes(double? bytes) =>
        bytes < 1024 ? $"{Math.Round(bytes.Value):0}{Gap}B" : InUnits(bytes, ByteUnits, Significant);

    /// <summary>Such as <c>12,345/s</c>.</summary>
    public static string PerSecond(double? rate) => rate is { } value ? $"{Significant(value)}/s" : None;

    /// <summary>Such as <c>2.41×</c>.</summary>
    public static string Times(double? ratio) => ratio is { } value ? $"{Significant(value)}×" : None;

    /// <summary>Such as <c>2.30 to 2.52</c>.</summary>
    public static string Interval(RatioReport? ratio) =>
        ratio is null ? None : $"{Significant(ratio.Low)} to {Significant(ratio.High)}";

    /// <summary>Of a hundred, such as <c>5 %</c>.</summary>
    public static string Percent(double percent) => $"{Short(percent)}{Gap}%";

    public static string Count(long count) => count.ToString("N0");

    /// <summary>A count with the noun that goes with it, such as <c>1 round</c>.</summary>
    public static string Count(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>Three significant digits, or all of those before the point.</summary>
    public static string Significant(double value)
    {
        if (value == 0 || !double.IsFinite(value))
            return value == 0 ? "0" : None;
        var decimals = Math.Clamp(Digits - 1 - Magnitude(value), 0, 15);
        return value.ToString($"N{decimals}");
    }

    /// <summary>The same without zeros at the end.</summary>
    public static string Short(double value)
    {
        var text = Significant(value);
        return text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
    }

    /// <summary>Such as <c>a</c>, <c>a and b</c>, or <c>a, b and c</c>.</summary>
    public static string List(IReadOnlyList<string> names) =>
        names.Count < 2 ? string.Concat(names) : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";

    private static string InUnits(double? value, (double Size, string Name)[] units, Func<double, string> digits)
    {
        if (value is not { } number || !double.IsFinite(number))
            return None;
        var rounded = Math.Abs(number) * (1 + 1e-12);
        var (size, name) = units.FirstOrDefault(unit => rounded >= unit.Size * 0.9995, units[^1]);
        return number == 0
            ? $"0{Gap}{units.First(unit => unit.Size == 1).Name}"
            : $"{digits(number / size)}{Gap}{name}";
    }

    // Of the value as it will be shown: 9.996 is shown as 10.0.
    private static int Magnitude(double value)
    {
        var magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        var unit = Math.Pow(10, magnitude - Digits + 1);
        return Math.Round(Math.Abs(value) / unit) * unit >= Math.Pow(10, magnitude + 1) * (1 - 1e-12)
            ? magnitude + 1
            : magnitude;
    }
}
