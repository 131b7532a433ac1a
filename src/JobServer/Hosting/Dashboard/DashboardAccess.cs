using Hangfire.Dashboard;
using JobServer.Access;
using JobServer.Ledger;

namespace JobServer.Hosting.Dashboard;

/// <summary>What a visitor of the dashboard may do. Each includes those before it.</summary>
internal enum VisitorRights
{
    None,

    /// <summary>See all pages.</summary>
    Look,

    /// <summary>Press the buttons of our own page: they change the visitor's jobs.</summary>
    Act,

    /// <summary>Press Hangfire's buttons, too: they change lanes and ticks of every tenant.</summary>
    Operate,
}

/// <summary>
/// Decides by the visitor's key. Every page, asset and action of the dashboard asks this. Hangfire's pages know no tenants:
/// they are for the default one, which is the operator's.
/// </summary>
internal sealed class DashboardAccess : IDashboardAuthorizationFilter
{
    public static VisitorRights RightsOf(HttpContext http) => RightsOf(Caller.Of(http));

    public static VisitorRights RightsOf(Caller? caller)
    {
        if (caller is not { Tenant: JobKey.DefaultTenant })
            return VisitorRights.None;
        return caller.IsOperator ? VisitorRights.Operate
            : !caller.Has(Scopes.ReadJobs) ? VisitorRights.None
            : caller.Has(Scopes.WriteJobs) ? VisitorRights.Act
            : VisitorRights.Look;
    }

    public static bool IsReadOnly(DashboardContext context) =>
        RightsOf(context.GetHttpContext()) != VisitorRights.Operate;

    bool IDashboardAuthorizationFilter.Authorize(DashboardContext context) =>
        RightsOf(context.GetHttpContext()) != VisitorRights.None;
}
