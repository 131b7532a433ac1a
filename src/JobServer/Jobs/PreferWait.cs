using System.Globalization;

namespace JobServer.Jobs;

/// <summary>The preference <c>wait</c> of RFC 7240.</summary>
internal static class PreferWait
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long the client would like to wait, cut to 60 s; null when it does not say or not in whole seconds: a
    /// preference that is not understood is ignored.
    /// </summary>
    public static TimeSpan? Of(HttpRequest request)
    {
        foreach (var preference in request.Headers.GetCommaSeparatedValues("Prefer"))
        {
            var parts = preference.Split(';')[0].Split('=', 2, StringSplitOptions.TrimEntries);
            if (
                parts.Length == 2
                && parts[0].Equals("wait", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(parts[1].Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            )
                return TimeSpan.FromSeconds(Math.Min(seconds, Longest.TotalSeconds));
        }

        return null;
    }
}
