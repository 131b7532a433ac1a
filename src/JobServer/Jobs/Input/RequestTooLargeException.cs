namespace JobServer.Jobs.Input;

/// <summary>The body is longer than the server takes: answered with 413, whatever else is wrong with it.</summary>
internal sealed class RequestTooLargeException(long maxBytes) : Exception($"The body is longer than {maxBytes} bytes.")
{
    public long MaxBytes { get; } = maxBytes;
}
