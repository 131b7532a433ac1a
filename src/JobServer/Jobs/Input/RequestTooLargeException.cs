namespace JobServer.Jobs.Input;

/// <summary>The body is longer than the server takes: answered with 413, whatever else is wrong with it.</summary>
/// <param name="hint">Another way that takes more, as a sentence.</param>
internal sealed class RequestTooLargeException(long maxBytes, string? hint = null)
    : Exception($"The body is longer than {maxBytes} bytes.")
{
    public long MaxBytes { get; } = maxBytes;

    public string? Hint { get; } = hint;
}
