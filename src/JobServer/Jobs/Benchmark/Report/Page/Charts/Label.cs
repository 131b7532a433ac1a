using System.Text;

namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>Names in charts, where nothing wraps. They are set in a typewriter face, so that their width is known.</summary>
internal static class Label
{
    // Of a character, in pixels, at the size that the style sheet gives to names in charts; a little more than most faces take.
    private const double Cell = 7.6;

    /// <summary>The name, or as much of both its ends as fits into a width in pixels.</summary>
    public static string Fit(string name, double width)
    {
        var room = (int)(width / Cell);
        var runes = name.EnumerateRunes().ToArray();
        if (runes.Sum(Cells) <= room)
            return name;
        // Names of a family often begin alike and differ in their ends.
        var tail = Take(runes.Reverse(), (room - 1) / 2).Reverse().ToArray();
        var head = Take(runes, room - 1 - tail.Sum(Cells));
        return string.Concat(head.Append(new Rune('…')).Concat(tail).Select(rune => rune.ToString()));
    }

    private static IEnumerable<Rune> Take(IEnumerable<Rune> runes, int room) =>
        runes.TakeWhile(rune => (room -= Cells(rune)) >= 0);

    // East Asian characters and emoji take two.
    private static int Cells(Rune rune) => rune.Value is >= 0x1100 and not (>= 0x2000 and < 0x2E80) ? 2 : 1;
}
