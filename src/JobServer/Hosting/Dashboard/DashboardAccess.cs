using System.Net;
using Hangfire.Dashboard;
using Microsoft.Extensions.Options;

namespace JobServer.Hosting.Dashboard;

/// <summary>What a visitor of the dashboard may do.</summary>
internal enum VisitorRights
{
    None,
    Look,
    Act,
}

/// <summary>Decides by where a request comes from. Every page, asset and action of the dashboard asks this.</summary>
internal sealed class DashboardAccess(IOptions<DashboardAccessOptions> options) : IDashboardAuthorizationFilter
{
    // Whatever passed a request on knows another address than the one it connects from.
    private static readonly string[] ProxyHeaders = ["Forwarded", "X-Real-IP", "X-Original-For", "Via"];
    private const string ProxyHeaderPrefix = "X-Forwarded-";

    public VisitorRights RightsOf(HttpContext http)
    {
        if (options.Value.LocalVisitors && IsLocal(http))
            return VisitorRights.Act;
        return options.Value.RemoteReadOnly ? VisitorRights.Look : VisitorRights.None;
    }

    public bool IsReadOnly(DashboardContext context) => RightsOf(context.GetHttpContext()) != VisitorRights.Act;

    bool IDashboardAuthorizationFilter.Authorize(DashboardContext context) =>
        RightsOf(context.GetHttpContext()) != VisitorRights.None;

    private static bool IsLocal(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address
        && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)
        && !http.Request.Headers.Keys.Any(IsFromProxy);

    private static bool IsFromProxy(string header) =>
        header.StartsWith(ProxyHeaderPrefix, StringComparison.OrdinalIgnoreCase)
        || ProxyHeaders.Contains(header, StringComparer.OrdinalIgnoreCase);
}
