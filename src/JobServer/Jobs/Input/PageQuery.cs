using System.Globalization;

namespace JobServer.Jobs.Input;

/// <summary>The query parameters of pages.</summary>
internal static class PageQuery
{
    public const string CursorRule = "must be the nextCursor of an earlier page";

    private const int DefaultLimit = 50;
    private const int MaxLimit = 500;

    public static int Limit(string? text, Faults faults) => Number("limit", text, DefaultLimit, MaxLimit, faults);

    /// <summary>A whole number from 1 on.</summary>
    public static int Number(string name, string? text, int @default, int max, Faults faults)
    {
        if (text is null)
            return @default;
        if (
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= 1
            && number <= max
        )
            return number;
        faults.Add(name, $"must be a whole number from 1 to {max}");
        return @default;
    }

    /// <summary>A text to look for, which PostgreSQL must be able to hold.</summary>
    public static void Check(string name, string? text, Faults faults)
    {
        if (text?.Contains('\0') == true)
            faults.Add(name, "must not hold the character U+0000");
    }

    /// <summary>The id that a cursor is; null without one.</summary>
    public static Guid? Id(string? cursor, Faults faults)
    {
        if (cursor is null)
            return null;
        if (Guid.TryParse(cursor, out var id))
            return id;
        faults.Add("cursor", CursorRule);
        return null;
    }

    /// <summary>A point in time as cursors hold it.</summary>
    public static string Cursor(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    public static DateTimeOffset? Time(string? cursor, Faults faults)
    {
        if (cursor is null)
            return null;
        if (
            DateTimeOffset.TryParseExact(
                cursor,
                "O",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var time
            )
        )
            return time.ToUniversalTime();
        faults.Add("cursor", CursorRule);
        return null;
    }
}
