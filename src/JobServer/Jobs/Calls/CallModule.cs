namespace JobServer.Jobs.Calls;

/// <summary>Registers what every call needs, whatever kind of job makes it.</summary>
internal static class CallModule
{
    public static IServiceCollection AddCalls(this IServiceCollection services) =>
        services.AddSingleton<CallServices>();
}
