using JobServer.Ledger;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace JobServer.Access;

/// <summary>Who may do what: keys, sign-in, limits and the audit trail.</summary>
internal static class AccessModule
{
    private const string AnyScheme = "Caller";

    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services
            .AddOptions<AuthOptions>()
            .BindConfiguration(AuthOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services
            .AddOptions<LimitOptions>()
            .BindConfiguration(LimitOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<KeyStore>();
        services.AddSingleton<AuditStore>();
        services.AddSingleton<ProtectionKeyStore>();
        services.AddSingleton<OwnKey>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<RequestLimits>();
        services
            .AddAuthentication(AnyScheme)
            .AddPolicyScheme(
                AnyScheme,
                displayName: null,
                options =>
                    options.ForwardDefaultSelector = http =>
                        http.Request.Headers.Authorization.Count > 0
                        || !SignIn.IsBrowser(http.Request) && !http.Request.Cookies.ContainsKey(SignIn.CookieName)
                            ? KeyScheme.Name
                            : CookieAuthenticationDefaults.AuthenticationScheme
            )
            .AddScheme<AuthenticationSchemeOptions, KeyScheme>(KeyScheme.Name, configureOptions: null)
            .AddCookie(SignIn.Configure);
        services.AddSingleton<Gate>();
        services.AddSingleton<IAuthorizationHandler>(provider => provider.GetRequiredService<Gate>());
        services.AddSingleton<IAuthorizationMiddlewareResultHandler>(provider => provider.GetRequiredService<Gate>());
        services
            .AddAuthorizationBuilder()
            .SetFallbackPolicy(
                new AuthorizationPolicyBuilder()
                    .RequireAuthenticatedUser()
                    .AddRequirements(new Gate.Requirement())
                    .Build()
            );
        services.AddDataProtection().SetApplicationName("JobServer");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(
            provider => new ConfigureOptions<KeyManagementOptions>(options =>
                options.XmlRepository = new ProtectionKeys(provider.GetRequiredService<ProtectionKeyStore>())
            )
        );
        return services;
    }

    /// <summary>Finds who asks, and lets through what they may ask for. What is mapped later is closed unless it says else.</summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseRequestLimits();
        app.UseAuthorization();
    }

    public static void MapAccess(this IEndpointRouteBuilder app)
    {
        KeyEndpoints.Map(app);
        AuditEndpoint.Map(app);
        SignInPages.Map(app);
    }
}
