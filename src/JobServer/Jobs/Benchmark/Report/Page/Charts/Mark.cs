namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>The colour and shape that stand for a contender in all charts of its family. The baseline has ink and a disc.</summary>
/// <param name="Colour">From 0, the ink, to 7; the style sheet knows them as <c>c0</c> to <c>c7</c>.</param>
/// <param name="Shape">From 0 to 5: disc, square, triangle, diamond, triangle on its tip, hourglass.</param>
internal readonly record struct Mark(int Colour, int Shape)
{
    // 7 and 6 have no common divisor: 42 contenders before a pair of colour and shape comes again.
    private const int Colours = 7;
    private const int Shapes = 6;

    // Under this a shape is a blot whatever its form; a square takes the fewest bytes.
    private const double SmallestShape = 4;

    public static Mark Baseline => new(0, 0);

    /// <summary>Of the contender with this index among those that are not the baseline.</summary>
    public static Mark Of(int index) => new(1 + index % Colours, index % Shapes);

    public string Class => $"c{Colour}";

    /// <summary>The outline around a point, as path data.</summary>
    public string At(double x, double y, double size) =>
        size < SmallestShape ? Square(x, y, size) : Outline(x, y, size);

    private string Outline(double x, double y, double size)
    {
        var half = size / 2;
        return Shape switch
        {
            0 => Disc(x, y, half),
            1 => Square(x, y, size * 0.9),
            2 => Path($"M{x},{y - half}L{x + half},{y + half * 0.8}H{x - half}Z"),
            3 => Path($"M{x},{y - half * 1.2}L{x + half * 1.2},{y}L{x},{y + half * 1.2}L{x - half * 1.2},{y}Z"),
            4 => Path($"M{x},{y + half}L{x + half},{y - half * 0.8}H{x - half}Z"),
            _ => Path($"M{x - half},{y - half}H{x + half}L{x - half},{y + half}H{x + half}Z"),
        };
    }

    /// <summary>A circle, as path data.</summary>
    public static string Disc(double x, double y, double radius) =>
        Path($"M{x - radius},{y}a{radius},{radius} 0 1,0 {2 * radius},0a{radius},{radius} 0 1,0 {-2 * radius},0Z");

    /// <summary>A cross, as path data; it is drawn as lines.</summary>
    public static string Cross(double x, double y, double size) =>
        Path($"M{x - size / 2},{y - size / 2}l{size},{size}m0,{-size}l{-size},{size}");

    /// <summary>A small arrow head that points to smaller (-1) or larger (1) pixels, as path data.</summary>
    public static string Arrow(double x, double y, int direction) =>
        Path($"M{x - 3.5},{y - 4 * direction}L{x},{y}L{x + 3.5},{y - 4 * direction}");

    private static string Square(double x, double y, double size) =>
        Path($"M{x - size / 2},{y - size / 2}h{size}v{size}h{-size}Z");

    private static string Path(PathText path) => path.ToString();
}
