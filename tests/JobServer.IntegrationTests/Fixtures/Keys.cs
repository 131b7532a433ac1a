using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace JobServer.IntegrationTests.Fixtures;

/// <summary>Makes keys over the API, as an admin.</summary>
internal static class Keys
{
    public static readonly string[] AllButAdmin = ["jobs:read", "jobs:write", "benchmark", "schedules:write"];

    /// <summary>A key that must be made; with its text under <c>key</c>.</summary>
    public static async Task<JsonElement> MakeAsync(
        this HostProcess host,
        string tenant,
        CancellationToken cancellationToken,
        params string[] scopes
    )
    {
        using var response = await host.Http.PostAsJsonAsync(
            "/v1/keys",
            new
            {
                name = $"of {tenant}",
                tenant,
                scopes,
            },
            cancellationToken
        );
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    /// <summary>A client that brings a new key.</summary>
    public static async Task<HttpClient> ClientOfAsync(
        this HostProcess host,
        string tenant,
        CancellationToken cancellationToken,
        params string[] scopes
    ) => host.ClientOf((await host.MakeAsync(tenant, cancellationToken, scopes)).Text());

    public static string Text(this JsonElement key) => key.GetProperty("key").GetString()!;
}
