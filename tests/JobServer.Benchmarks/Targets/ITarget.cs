using System.Net;
using System.Net.Sockets;

namespace JobServer.Benchmarks.Targets;

/// <summary>The server whose pages are fetched.</summary>
internal interface ITarget : IAsyncDisposable
{
    Uri Address { get; }

    /// <summary>Name and version, for the report.</summary>
    string Description { get; }
}

internal static class Target
{
    public static async Task<ITarget> StartAsync(
        string choice,
        PageSet pages,
        TempFolder temp,
        CancellationToken cancellationToken
    )
    {
        var nginx = choice == "kestrel" ? null : Executable.Find("nginx");
        return nginx switch
        {
            not null => await NginxTarget.StartAsync(nginx, pages, temp, cancellationToken),
            null when choice == "nginx" => throw new MissingException("nginx, on PATH or in /usr/sbin"),
            null => await KestrelTarget.StartAsync(pages, delay: TimeSpan.Zero, cancellationToken),
        };
    }

    /// <summary>A port that was free just now, for a server that cannot choose one itself and say which.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
