using System.Text.Json;
using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.Access;

/// <summary><c>keys create|list|revoke</c>: for whoever may use the database, also while no host runs.</summary>
internal static class KeysVerb
{
    private static readonly Actor Actor = new("command line");

    public static async Task<int> RunAsync(string[] args, CancellationToken stop)
    {
        switch (args)
        {
            case ["create", .. var rest]:
                return await CreateAsync(rest, stop);
            case ["list", .. var rest]:
                return await ListAsync(rest, stop);
            case ["revoke", var id, .. var rest] when Guid.TryParse(id, out var key):
                return await RevokeAsync(key, rest, stop);
            default:
                await Console.Error.WriteLineAsync(
                    "keys create --name NAME --scopes SCOPE,SCOPE [--tenant NAME] [--expires DURATION]\n"
                        + "keys list\n"
                        + "keys revoke ID\n"
                        + $"Scopes: {string.Join(", ", Scopes.All)}. A duration such as 90.00:00:00 or P90D."
                );
                return 2;
        }
    }

    private static async Task<int> CreateAsync(string[] args, CancellationToken stop)
    {
        var (options, settings) = Split(args, "name", "scopes", "tenant", "expires");
        var faults = new Faults();
        DateTimeOffset? expiresAt = null;
        if (options.TryGetValue("expires", out var duration))
        {
            if (Durations.Refusal(duration, out var lasts) is { } refusal)
                faults.Add("--expires", refusal);
            else
                expiresAt = TimeProvider.System.GetUtcNow() + lasts;
        }

        var body = JsonSerializer.SerializeToElement(
            new
            {
                name = options.GetValueOrDefault("name"),
                scopes = options.GetValueOrDefault("scopes", "").Split(',', StringSplitOptions.RemoveEmptyEntries),
                tenant = options.GetValueOrDefault("tenant"),
                expiresAt,
            }
        );
        var (key, text) = KeyEndpoints.Read(new Fields(body, "", faults), JobKey.DefaultTenant);
        if (faults.Any)
        {
            foreach (var (field, messages) in faults.ToErrors())
                await Console.Error.WriteLineAsync($"{field} {string.Join("; ", messages)}.");
            return 2;
        }

        return await OnDatabaseAsync(
            settings,
            async source =>
            {
                await new KeyStore(source).InsertAsync(key, stop);
                await new AuditStore(source).InsertAsync(
                    key.Tenant,
                    Actor,
                    "CreateKey",
                    $"/v1/keys/{key.Id}",
                    201,
                    stop
                );
                Console.WriteLine(text);
                return 0;
            },
            stop
        );
    }

    private static Task<int> ListAsync(string[] settings, CancellationToken stop) =>
        OnDatabaseAsync(
            settings,
            async source =>
            {
                var keys = await new KeyStore(source).ListAsync(tenant: null, before: null, limit: 1000, stop);
                foreach (var key in keys)
                {
                    var state =
                        key.RevokedAt is { } revoked ? $"revoked {revoked:u}"
                        : key.ExpiresAt is { } expires ? $"until {expires:u}"
                        : "good";
                    Console.WriteLine(
                        $"{key.Id}  {key.Tenant}  {LineFormatter.Escape(key.Name)}  {string.Join(',', key.Scopes)}  {state}  "
                            + $"last used {key.LastUsedAt?.ToString("u") ?? "never"}"
                    );
                }

                return 0;
            },
            stop
        );

    private static Task<int> RevokeAsync(Guid id, string[] settings, CancellationToken stop) =>
        OnDatabaseAsync(
            settings,
            async source =>
            {
                var keys = new KeyStore(source);
                if (await keys.FindAsync(tenant: null, id, stop) is not { } key)
                {
                    await Console.Error.WriteLineAsync($"There is no key {id}.");
                    return 1;
                }

                await keys.RevokeAsync(key.Tenant, id, stop);
                await new AuditStore(source).InsertAsync(key.Tenant, Actor, "RevokeKey", $"/v1/keys/{id}", 204, stop);
                return 0;
            },
            stop
        );

    private static async Task<int> OnDatabaseAsync(
        string[] settings,
        Func<NpgsqlDataSource, Task<int>> act,
        CancellationToken stop
    )
    {
        await using var database = await Verbs.OpenDatabaseAsync(Verbs.CreateBuilder(settings), stop, beside: true);
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        return await act(source);
    }

    /// <summary>Options of these names, as <c>--name VALUE</c> or <c>--name=VALUE</c>, and all else.</summary>
    private static (Dictionary<string, string> Options, string[] Settings) Split(string[] args, params string[] names)
    {
        var options = new Dictionary<string, string>();
        var settings = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], null);
            if (!name.StartsWith("--", StringComparison.Ordinal) || !names.Contains(name[2..]))
                settings.Add(args[i]);
            else if (value is not null || i + 1 < args.Length)
                options[name[2..]] = value ?? args[++i];
        }

        return (options, [.. settings]);
    }
}
