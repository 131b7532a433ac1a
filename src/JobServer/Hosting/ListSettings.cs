namespace JobServer.Hosting;

/// <summary>Settings that are lists.</summary>
internal static class ListSettings
{
    /// <summary>
    /// The list that was given as one text with commas, as one environment variable can hold it; null when it was not.
    /// Left to the binder, such a text would be ignored without a word.
    /// </summary>
    public static string[]? ListOf(this IConfigurationSection section, string key) =>
        section[key]?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
