using System.Buffers;

namespace JobServer.Jobs.Input;

/// <summary>
/// The two ways to write a duration: <c>[d.]hh:mm:ss[.f]</c> and ISO 8601 (<c>PT10S</c>, <c>P1DT2H</c>, <c>P2W</c>).
/// A bare number is refused, for nobody can see whether it means seconds or milliseconds.
/// </summary>
internal static class Durations
{
    public const string Accepted = "write it like \"00:00:10\" ([d.]hh:mm:ss[.f]) or \"PT10S\" (ISO 8601)";

    private const string NotADuration = "is not a duration; " + Accepted;
    private const string TooLong = "is longer than any duration this server can hold";

    private static readonly SearchValues<char> OfNumbers = SearchValues.Create("0123456789.,eE+");
    private static readonly SearchValues<char> OfIsoNumbers = SearchValues.Create("0123456789.,");

    public static string Format(TimeSpan value) => value.ToString("c");

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value) => Refusal(text, out value) is null;

    /// <summary>Why the text is refused as a duration, or null when it was read into <paramref name="value"/>.</summary>
    public static string? Refusal(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (text.IsEmpty)
            return NotADuration;
        if (text[0] == '-')
            return "must not be negative";
        if (!text.ContainsAnyExcept(OfNumbers))
            return "is a bare number, which has no unit; " + Accepted;

        return text[0] == 'P' ? IsoRefusal(text[1..], out value) : ClockRefusal(text, out value);
    }

    private static string? ClockRefusal(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        var colon = text.IndexOf(':');
        if (colon < 2)
            return NotADuration;

        Int128 days = 0;
        if (colon > 2)
        {
            if (text[colon - 3] != '.' || !TryDigits(text[..(colon - 3)], out days))
                return NotADuration;
            text = text[(colon - 2)..];
        }

        var fraction = text.Length > 8 ? text[9..] : [];
        if (text.Length < 8 || text[2] != ':' || text[5] != ':' || (text.Length > 8 && text[8] != '.'))
            return NotADuration;
        if (
            !TryDigits(text[..2], out var hours)
            || !TryDigits(text[3..5], out var minutes)
            || !TryDigits(text[6..8], out var seconds)
            || (text.Length > 8 && (fraction.Length > 7 || !TryDigits(fraction, out _)))
        )
            return NotADuration;
        if (hours > 23 || minutes > 59 || seconds > 59)
            return "has hours above 23, or minutes or seconds above 59; a day and more is written \"1.02:00:00\"";

        return Total(
            (days * TimeSpan.TicksPerDay)
                + (hours * TimeSpan.TicksPerHour)
                + (minutes * TimeSpan.TicksPerMinute)
                + (seconds * TimeSpan.TicksPerSecond)
                + Fraction(fraction, TimeSpan.TicksPerSecond),
            out value
        );
    }

    private static string? IsoRefusal(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        Int128 ticks = 0;
        var units = "WD";
        var inTime = false;
        while (!text.IsEmpty)
        {
            if (text[0] == 'T' && !inTime)
            {
                (units, inTime) = ("HMS", true);
                text = text[1..];
                if (text.IsEmpty)
                    return NotADuration;
                continue;
            }

            var end = text.IndexOfAnyExcept(OfIsoNumbers);
            if (end < 1)
                return NotADuration;
            if (!inTime && text[end] is 'Y' or 'M')
                return "holds years or months, which have no fixed length; use days (P30D) or weeks (P4W)";

            // Each unit at most once and from large to small; a fraction only in the smallest one given.
            var unit = units.IndexOf(text[end], StringComparison.Ordinal);
            var point = text[..end].IndexOfAny('.', ',');
            var whole = point < 0 ? text[..end] : text[..point];
            var fraction = point < 0 ? [] : text[(point + 1)..end];
            if (unit < 0 || !TryDigits(whole, out var count))
                return NotADuration;
            if (point >= 0 && (end + 1 < text.Length || !TryDigits(fraction, out _)))
                return NotADuration;

            var size = TicksOf(text[end], inTime);
            ticks += (count * size) + Fraction(fraction, size);
            units = units[(unit + 1)..];
            text = text[(end + 1)..];
            if (text.IsEmpty)
                return Total(ticks, out value);
        }

        return NotADuration;
    }

    private static long TicksOf(char unit, bool inTime) =>
        unit switch
        {
            'W' => 7 * TimeSpan.TicksPerDay,
            'D' => TimeSpan.TicksPerDay,
            'H' => TimeSpan.TicksPerHour,
            'M' when inTime => TimeSpan.TicksPerMinute,
            _ => TimeSpan.TicksPerSecond,
        };

    private static string? Total(Int128 ticks, out TimeSpan value)
    {
        value = ticks > long.MaxValue ? TimeSpan.Zero : TimeSpan.FromTicks((long)ticks);
        return ticks > long.MaxValue ? TooLong : null;
    }

    private static bool TryDigits(ReadOnlySpan<char> digits, out Int128 number)
    {
        number = 0;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
            return false;

        // Whatever has more digits than this stays above every limit, and the products above stay within 128 bits.
        foreach (var digit in digits)
            number = Int128.Min((number * 10) + (digit - '0'), long.MaxValue);
        return true;
    }

    private static Int128 Fraction(ReadOnlySpan<char> digits, long unit)
    {
        Int128 ticks = 0;
        Int128 scale = 1;
        foreach (var digit in digits[..Math.Min(digits.Length, 18)])
        {
            scale *= 10;
            ticks = (ticks * 10) + (digit - '0');
        }

        return ticks * unit / scale;
    }
}
