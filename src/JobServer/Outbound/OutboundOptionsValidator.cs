using System.Net;
using Microsoft.Extensions.Options;

namespace JobServer.Outbound;

/// <summary>The rules that attributes cannot state: each network parses, and the user agent is a header value.</summary>
internal sealed class OutboundOptionsValidator : IValidateOptions<OutboundOptions>
{
    public ValidateOptionsResult Validate(string? name, OutboundOptions options)
    {
        var faults = new List<string>();
        for (var i = 0; i < options.AllowedNetworks.Count; i++)
        {
            var network = options.AllowedNetworks[i];
            if (!IsNetwork(network))
            {
                faults.Add(
                    $"{OutboundOptions.Section}:AllowedNetworks:{i}: '{network}' is not a network in CIDR form, such as "
                        + "10.1.0.0/16 or fd00::/8, with all bits after the prefix zero."
                );
            }
        }

        if (RequestHeaders.ValueRefusal(options.UserAgent) is { } refusal)
            faults.Add($"{OutboundOptions.Section}:UserAgent: {refusal}.");

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <summary>10.0.0.7/8 would parse as 10.0.0.0/8: it opens far more than the one address that may be meant.</summary>
    private static bool IsNetwork(string text) =>
        IPNetwork.TryParse(text, out var network)
        && IPAddress.TryParse(text.AsSpan(0, text.IndexOf('/', StringComparison.Ordinal)), out var address)
        && address.Equals(network.BaseAddress)
        // Never matched, because mapped addresses are judged as the IPv4 ones they are.
        && !address.IsIPv4MappedToIPv6;
}
