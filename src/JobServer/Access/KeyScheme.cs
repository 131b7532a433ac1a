using System.Text.Encodings.Web;
using JobServer.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace JobServer.Access;

/// <summary>Reads <c>Authorization: Bearer KEY</c>, RFC 6750, and nothing else: a key is never in a URL.</summary>
internal sealed class KeyScheme(
    KeyRing ring,
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logs,
    UrlEncoder encoder
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string Name = "Bearer";
    private const string Prefix = Name + " ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization;
        if (header is not [{ } value] || !value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.NoResult();
        return await ring.FindAsync(value[Prefix.Length..].Trim(), Context.RequestAborted) is { } key
            ? AuthenticateResult.Success(new AuthenticationTicket(Caller.UserOf(key, Name), Name))
            : AuthenticateResult.Fail("The key is not known, was revoked or has expired.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = Name;
        return Problems.KeyNeeded().ExecuteAsync(Context);
    }
}
