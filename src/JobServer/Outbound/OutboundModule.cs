using JobServer.Hosting;
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
                options.AllowedNetworks = section.ListOf(nameof(options.AllowedNetworks)) ?? options.AllowedNetworks
            )
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
}
