using System.Globalization;

namespace JobServer.Hosting.Dashboard;

/// <summary>How the dashboard says numbers, times and ids.</summary>
internal static class Wording
{
    // The first 13 characters hold the id's whole millisecond; the first 8 are shared by all jobs of a minute.
    private const int ShortIdLength = 13;

    public static string ShortId(Guid id) => $"{id.ToString()[..ShortIdLength]}…";

    public static string State(string state) => state.Replace('_', ' ');

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Coarse, so that a page that is compared with its last version stays the same for a while.</summary>
    public static string Ago(TimeSpan age) =>
        age switch
        {
            { TotalMinutes: < 1 } => "just now",
            { TotalHours: < 1 } => $"{(int)age.TotalMinutes} min ago",
            { TotalDays: < 1 } => $"{(int)age.TotalHours} h ago",
            _ => $"{(int)age.TotalDays} d ago",
        };

    public static string Duration(TimeSpan duration) =>
        duration switch
        {
            { TotalSeconds: < 1 } => $"{duration.TotalMilliseconds:0} ms",
            { TotalMinutes: < 1 } => $"{duration.TotalSeconds:0.0} s",
            { TotalHours: < 1 } => $"{duration.Minutes} min {duration.Seconds} s",
            _ => $"{(int)duration.TotalHours} h {duration.Minutes} min",
        };

    public static string PerSecond(int items, TimeSpan duration) =>
        (items / Math.Max(duration.TotalSeconds, 0.001)) switch
        {
            < 10 and var rate => $"{rate:0.0}/s",
            var rate => $"{Count((long)rate)}/s",
        };

    /// <summary>Rounded down: only a job without a failure is at 100 %.</summary>
    public static string Percent(int part, int whole) => $"{Math.Floor(part * 1000.0 / whole) / 10:0.#} %";

    public static string Utc(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
}
