namespace JobServer.BatchedStorage.Writing;

/// <summary>
/// A job was changed by somebody else since it was read, or is not this worker's any more. Hangfire reads it again and
/// decides anew.
/// </summary>
public sealed class ConcurrentChangeException : Exception
{
    /// <summary>In general words.</summary>
    public ConcurrentChangeException()
        : this("The job was changed by another worker or by a user since it was read.") { }

    /// <inheritdoc/>
    public ConcurrentChangeException(string message)
        : base(message) { }

    /// <inheritdoc/>
    public ConcurrentChangeException(string message, Exception inner)
        : base(message, inner) { }

    /// <summary>What the statement of units answers to one that does not hold, in words.</summary>
    internal static Exception Explain(Exception exception) =>
        exception is Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.DivisionByZero }
            ? new ConcurrentChangeException(new ConcurrentChangeException().Message, exception)
            : exception;
}
