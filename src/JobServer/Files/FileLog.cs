namespace JobServer.Files;

/// <summary>All that files say.</summary>
internal static partial class FileLog
{
    [LoggerMessage(
        30,
        LogLevel.Information,
        "File {FileId} ({Format}) stored after {Duration}: {Records} records, {Faulty} of them faulty, {Bytes} bytes"
    )]
    public static partial void FileStored(
        this ILogger logger,
        Guid fileId,
        string format,
        int records,
        int faulty,
        long bytes,
        TimeSpan duration
    );
}
