namespace JobServer.EmbeddedPostgres;

/// <summary>
/// The private PostgreSQL cannot run here. The message is written for the person at the terminal: it says what is wrong
/// and what to do, so a host prints it without a stack trace and exits with code 2.
/// </summary>
public abstract class EmbeddedPostgresException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>No PostgreSQL server binaries were found; the message lists the places looked at and three ways out.</summary>
public sealed class PostgresNotFoundException(string message) : EmbeddedPostgresException(message);

/// <summary>Another JobServer holds the data folder.</summary>
public sealed class PostgresInUseException(string dataDir)
    : EmbeddedPostgresException(
        $"Another JobServer already runs on {dataDir}. "
            + "Stop it, or set Embedded:DataDir to another folder to run a second one beside it."
    )
{
    /// <summary>The folder both wanted.</summary>
    public string DataDir { get; } = dataDir;
}

/// <summary>The cluster was made by another major version of PostgreSQL than the binaries found.</summary>
public sealed class PostgresVersionException(string message) : EmbeddedPostgresException(message);

/// <summary>The data folder cannot be used, or PostgreSQL did not start; the message ends with the last lines of its log.</summary>
public sealed class PostgresStartException(string message, Exception? inner = null)
    : EmbeddedPostgresException(message, inner);
