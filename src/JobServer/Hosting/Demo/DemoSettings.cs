using System.Net;
using System.Net.Sockets;
using JobServer.Access;
using JobServer.Ledger;

namespace JobServer.Hosting.Demo;

/// <summary>The key the demo asks with.</summary>
/// <param name="Shown">What to tell of it: how a shell comes by it, where that is possible.</param>
internal sealed record DemoKey(string Text, string Shown);

/// <summary>What the demo sets that the host leaves alone.</summary>
internal static class DemoSettings
{
    /// <summary>Development, unless an environment was named: so that the database is private and migrated.</summary>
    public static IEnumerable<string> Arguments() =>
        Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") is null
        && Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") is null
            ? [$"--environment={Environments.Development}"]
            : [];

    /// <summary>Over all other settings: the sample API may be fetched, and only what matters is logged.</summary>
    public static void Apply(IConfigurationBuilder configuration) =>
        configuration.AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                // As one text: a list would leave what the environment lists beside it.
                ["Outbound:AllowedNetworks"] = "127.0.0.0/8",
                ["Logging:LogLevel:Default"] = "Warning",
                ["Logging:LogLevel:Hangfire"] = "Error",
                ["Logging:LogLevel:Microsoft.AspNetCore"] = "Error",
            }
        );

    /// <summary>The admin key of the embedded database or of the configuration; one for this run where there is none.</summary>
    public static async Task<DemoKey> KeyOfAsync(
        IConfigurationManager configuration,
        Database database,
        CancellationToken cancellationToken
    )
    {
        if (configuration[FirstKey.Setting] is { Length: > 0 } configured)
            return new DemoKey(configured, $"the one of {FirstKey.Setting}");
        await FirstKey.ApplyAsync(configuration, database, cancellationToken);
        if (configuration[FirstKey.Setting] is { Length: > 0 } kept)
            return new DemoKey(kept, $"$(cat '{FirstKey.PlaceIn(database)}')");
        var own = ApiKey.Make(TimeOrderedId.Next());
        configuration[FirstKey.Setting] = own;
        return new DemoKey(own, own);
    }

    /// <summary>Whether the port of the URL, on loopback, can be listened on.</summary>
    public static bool IsFree(string url)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, new Uri(url).Port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
