namespace JobServer.Outbound;

/// <summary>Scheme, host and port: what connections, limits and breakers are kept by. Costs no allocation.</summary>
internal readonly record struct HostAuthority(string Scheme, string Host, int Port)
{
    public static HostAuthority Of(Uri url) => new(url.Scheme, url.IdnHost, url.Port);

    public override string ToString() =>
        Host.Contains(':') ? $"{Scheme}://[{Host}]:{Port}" : $"{Scheme}://{Host}:{Port}";
}
