using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace JobServer.Outbound;

/// <summary>Registers the one way out of this process.</summary>
internal static class OutboundModule
{
    public static IServiceCollection AddOutbound(this IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection(OutboundOptions.Section);
        services
            .AddOptions<OutboundOptions>()
            .Bind(section)
            .Configure(options =>
            {
                // A list in one environment variable would otherwise be ignored without a word.
                if (section[nameof(OutboundOptions.AllowedNetworks)] is { } text)
                    options.AllowedNetworks = SplitNetworks(text);
            })
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<OutboundOptions>, OutboundOptionsValidator>();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<AddressGuard>();
        services.AddSingleton<HostResolver>();
        services.AddSingleton<OutboundConnector>();
        services.AddSingleton<OutboundClient>();
        services.AddSingleton<HostBreakers>();
        return services;
    }

    private static string[] SplitNetworks(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
