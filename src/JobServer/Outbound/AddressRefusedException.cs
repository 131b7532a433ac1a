namespace JobServer.Outbound;

/// <summary>
/// A host has no address that may be connected to. The message is the same whatever the address is and whether or not
/// anything listens there, so that it cannot be used to look around inside a network.
/// </summary>
internal sealed class AddressRefusedException(string host) : Exception(Describe(host))
{
    public string Host { get; } = host;

    private static string Describe(string host) =>
        $"The address of host '{host}' is not allowed. Add its network to "
        + $"{OutboundOptions.Section}:{nameof(OutboundOptions.AllowedNetworks)} to allow it.";
}
