using System.Text.RegularExpressions;
using JobServer.Ledger;

namespace JobServer.Schedules;

/// <summary>The ids of schedules, chosen by who makes them: a to z, 0 to 9 and after the first also <c>. _ -</c>.</summary>
internal static partial class ScheduleIds
{
    public const string Rule =
        "must have 1 to 100 characters of a to z, 0 to 9, '.', '_' and '-', and begin with a letter or a digit";

    public static bool IsValid(string id) => Pattern.IsMatch(id);

    /// <summary>The setting that declares it.</summary>
    public static string SettingOf(string id) => $"{DeclaredSchedules.Section}:{id}";

    public static string PathOf(string id) => $"/v1/schedules/{id}";

    /// <summary>Of the recurring job in Hangfire that ticks it.</summary>
    public static string RecurringIdOf(ScheduleKey key) => $"{RecurringTicks.Prefix}{key}";

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,99}\z", RegexOptions.None, 1000)]
    private static partial Regex Pattern { get; }
}
