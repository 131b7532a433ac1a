using System.Net;
using System.Runtime.Versioning;
using JobServer.IntegrationTests.EmbeddedPostgres;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Access;

public sealed class FirstKeyTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task A_host_that_nobody_could_use_does_not_start(string environment)
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        var settings = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = environment,
            ["Auth__BootstrapKey"] = "",
        };

        await using (var unusable = HostProcess.Launch(database.ConnectionString, settings))
        {
            Assert.Equal(2, await unusable.WaitForExitAsync(Cancel));
            Assert.Contains("keys create", unusable.Log, StringComparison.Ordinal);
        }

        await using var create = HostProcess.Launch(
            database.ConnectionString,
            settings,
            "keys",
            "create",
            "--name=first",
            "--scopes=admin"
        );
        Assert.Equal(0, await create.WaitForExitAsync(Cancel));
        await using var host = await HostProcess.StartAsync(database.ConnectionString, settings, Cancel);
        using var client = host.ClientOf(create.Log.Trim());
        using var answer = await client.GetAsync("/v1/keys", Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        // A setting that is there and empty is no key.
        using var stranger = host.ClientOf(key: null);
        stranger.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer ");
        using var refused = await stranger.GetAsync("/v1/keys", Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Theory]
    [InlineData("too-short")]
    [InlineData("a key with spaces in it is no key at all")]
    public async Task A_key_of_the_configuration_must_be_long_and_printable(string key)
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        var settings = new Dictionary<string, string> { ["Auth__BootstrapKey"] = key };

        await using var host = HostProcess.Launch(database.ConnectionString, settings);

        Assert.Equal(2, await host.WaitForExitAsync(Cancel));
        Assert.Contains("Auth:BootstrapKey", host.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(key, host.Log, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_embedded_database_has_a_key_in_a_file_that_only_its_owner_reads()
    {
        using var folder = new TestFolder();
        var settings = new Dictionary<string, string>
        {
            ["Auth__BootstrapKey"] = "",
            ["Embedded__DataDir"] = folder.Path,
            ["Embedded__Durable"] = "false",
        };
        string key;
        await using (var host = await HostProcess.StartAsync(null, settings, Cancel))
        {
            var file = folder.Under("admin-key");
            key = (await File.ReadAllTextAsync(file, Cancel)).Trim();
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            await Until.TrueAsync(() => host.Log.Contains(key, StringComparison.Ordinal), Cancel);
            Assert.Equal(HttpStatusCode.OK, await AskAsync(host, key));

            // Beside a running host.
            await using var create = HostProcess.Launch(null, settings, "keys", "create", "--name=x", "--scopes=admin");
            Assert.True(await create.WaitForExitAsync(Cancel) == 0, create.Log);
            Assert.Equal(HttpStatusCode.OK, await AskAsync(host, create.Log.Trim()));
            Assert.Equal(0, await host.StopAsync(Cancel));
        }

        await using var again = await HostProcess.StartAsync(null, settings, Cancel);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(again, key));
        Assert.DoesNotContain(key, again.Log, StringComparison.Ordinal);
        Assert.Equal(0, await again.StopAsync(Cancel));
    }

    private static async Task<HttpStatusCode> AskAsync(HostProcess host, string key)
    {
        using var client = host.ClientOf(key);
        using var response = await client.GetAsync("/v1/keys", Cancel);
        return response.StatusCode;
    }
}
