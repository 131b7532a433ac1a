using System.Globalization;

namespace JobServer.Jobs.Events;

/// <summary>
/// The last event a client has seen. An id is the number of the last state that was sent, followed by <c>.end</c> once the
/// end was: a client cut off between the two still lacks the final counts.
/// </summary>
internal readonly record struct ResumePoint(long StateNo, bool IsEnd)
{
    private const string EndMark = ".end";

    public static string OfEnd(long stateNo) => $"{stateNo}{EndMark}";

    /// <summary>Reads an id; false for one that was never sent.</summary>
    public static bool TryParse(string? id, out ResumePoint point)
    {
        var isEnd = id?.EndsWith(EndMark, StringComparison.Ordinal) == true;
        var number = isEnd ? id.AsSpan(..^EndMark.Length) : id;
        var isNumber = long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var no);
        point = new ResumePoint(no, isEnd);
        return isNumber;
    }
}
