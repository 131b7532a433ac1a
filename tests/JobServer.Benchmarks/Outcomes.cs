namespace JobServer.Benchmarks;

internal static class ExitCodes
{
    public const int Correct = 0;
    public const int Incorrect = 1;
    public const int Missing = 2;
}

/// <summary>A contender ran and its result is wrong, so its speed means nothing.</summary>
internal sealed class IncorrectException(string message) : Exception(message);

/// <summary>The run cannot start or go on without something that is not there; the message says what.</summary>
internal sealed class MissingException(string message) : Exception(message);
