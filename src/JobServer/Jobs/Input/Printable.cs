using System.Globalization;
using System.Text;

namespace JobServer.Jobs.Input;

/// <summary>Makes text that a client sent safe to show in a problem, a log or a terminal.</summary>
internal static class Printable
{
    /// <summary>The text with invisible characters escaped, cut to about <paramref name="length"/> characters.</summary>
    public static string Cut(string text, int length)
    {
        var shown = new StringBuilder(Math.Min(text.Length, length) + 1);
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= length)
                return shown.Append('…').ToString();

            if (IsInvisible(rune))
                shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            else
                shown.Append(rune.ToString());
        }

        return shown.ToString();
    }

    // Format characters hold the bidirectional overrides, which make a line read as another one.
    private static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;
}
