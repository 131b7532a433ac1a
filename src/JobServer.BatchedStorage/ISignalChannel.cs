namespace JobServer.BatchedStorage;

/// <summary>
/// Short texts that all processes of a database tell each other. An application that listens already gives the storage its
/// own by <see cref="BatchedStorageOptions.Signals"/>, so that there is one connection that listens and not two.
/// </summary>
public interface ISignalChannel
{
    /// <summary>Sends texts of less than 7 KB in a transaction of its own. They may be lost.</summary>
    Task SendAsync(IReadOnlyCollection<string> texts, CancellationToken cancellationToken);

    /// <summary>Listens until the connection is lost or the wait cancelled, and throws either way.</summary>
    /// <param name="begun">
    /// Called once everything that is sent from now on will arrive; again where the channel has found back by itself.
    /// </param>
    /// <param name="received">Called for each text, those of this process among them; does not wait.</param>
    Task ListenAsync(Action begun, Action<string> received, CancellationToken cancellationToken);
}
