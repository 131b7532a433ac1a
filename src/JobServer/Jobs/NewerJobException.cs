namespace JobServer.Jobs;

/// <summary>
/// A job that a newer version has accepted: of a kind, or with arguments, that this one does not know. Another host may.
/// </summary>
internal sealed class NewerJobException(string message, Exception? inner = null) : Exception(message, inner);
