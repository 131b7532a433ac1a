using Hangfire;

namespace JobServer.Hosting;

/// <summary>Hangfire's dashboard at <c>/hangfire</c>.</summary>
internal static class DashboardSetup
{
    public static void MapDashboard(this WebApplication app) => app.MapHangfireDashboard("/hangfire");
}
