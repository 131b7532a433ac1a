namespace JobServer.Hosting.Dashboard;

/// <summary>Who sees the dashboard, and who may press its buttons. Nobody whom neither setting admits.</summary>
internal sealed class DashboardAccessOptions
{
    public const string Section = "Dashboard";

    /// <summary>
    /// Visitors on this machine see everything and may act. Default true. A request counts as local when it comes
    /// from a loopback address and no header says that a proxy passed it on; where a proxy on this machine adds
    /// neither <c>X-Forwarded-For</c> nor <c>Forwarded</c>, set this to false.
    /// </summary>
    public bool LocalVisitors { get; init; } = true;

    /// <summary>Everybody else who reaches this host may look, and may not act. Default false: they are refused.</summary>
    public bool RemoteReadOnly { get; init; }
}
