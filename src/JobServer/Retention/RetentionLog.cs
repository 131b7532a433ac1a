namespace JobServer.Retention;

/// <summary>All that retention says.</summary>
internal static partial class RetentionLog
{
    [LoggerMessage(1, LogLevel.Information, "Retention erased {Jobs} jobs and {Files} files")]
    public static partial void Swept(this ILogger logger, int jobs, int files);
}
