namespace JobServer.Outbound;

/// <summary>What went wrong with a call, in words that may be shown to whoever asked for it.</summary>
/// <param name="Code">The error code of an item, stable.</param>
/// <param name="Detail">A sentence of ours: never text of the peer, never an inner exception's message.</param>
/// <param name="IsTransient">Whether another attempt may do better.</param>
/// <param name="CountsAgainstHost">Whether the host's circuit breaker counts it as a failure.</param>
internal sealed record OutboundFault(string Code, string Detail, bool IsTransient, bool CountsAgainstHost);
