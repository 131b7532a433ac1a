using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace JobServer.Hosting;

/// <summary>
/// A line for each event: time (UTC), level, category and message. The lines of an exception follow, indented, so that none
/// can be taken for an event. What would move a terminal's cursor or turn text around is written as <c>\uXXXX</c>.
/// </summary>
internal sealed class LineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>What <c>Logging:Console:FormatterName</c> calls it.</summary>
    public const string FormatterName = "line";

    private const string Indent = "      ";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter writer)
    {
        writer.Write(time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ ", CultureInfo.InvariantCulture));
        writer.Write(Say(entry.LogLevel));
        writer.Write(entry.Category);
        writer.Write(": ");
        writer.Write(Escape(entry.Formatter(entry.State, entry.Exception)));
        writer.Write('\n');
        foreach (
            var line in entry.Exception?.ToString().Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n') ?? []
        )
        {
            writer.Write(Indent);
            writer.Write(Escape(line));
            writer.Write('\n');
        }
    }

    /// <summary>The text as one line that a terminal shows as it is.</summary>
    public static string Escape(string text) =>
        text.Any(IsUnsafe)
            ? string.Concat(text.Select(letter => IsUnsafe(letter) ? $"\\u{(int)letter:x4}" : letter.ToString()))
            : text;

    // Control: C0, DEL and C1. Format: directions of writing, and what has no width.
    private static bool IsUnsafe(char letter) =>
        char.GetUnicodeCategory(letter)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;

    private static string Say(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trce: ",
            LogLevel.Debug => "dbug: ",
            LogLevel.Information => "info: ",
            LogLevel.Warning => "warn: ",
            LogLevel.Error => "fail: ",
            _ => "crit: ",
        };
}
