using JobServer.Hosting;
using JobServer.Ledger;

namespace JobServer.Access;

/// <summary>
/// The admin key of an embedded PostgreSQL: made at the first start, shown then, and kept in a file beside the data that
/// only its owner can read. It stands in for <see cref="AuthOptions.BootstrapKey"/> where that is not set.
/// </summary>
internal static class FirstKey
{
    /// <summary>The setting that names the key.</summary>
    public const string Setting = $"{AuthOptions.Section}:{nameof(AuthOptions.BootstrapKey)}";
    private const string FileName = "admin-key";

    /// <summary>The file, where there is an embedded database.</summary>
    public static string? PlaceIn(Database database) => database.Embedded?.FileOf(FileName);

    /// <summary>Has the configuration name the key. Returns what to tell at the start, or null.</summary>
    public static async Task<string?> ApplyAsync(
        IConfigurationManager configuration,
        Database database,
        CancellationToken cancellationToken
    )
    {
        if (database.Embedded is not { } embedded || !string.IsNullOrEmpty(configuration[Setting]))
            return null;
        var (key, isNew) = await embedded.KeepAsync(
            FileName,
            () => ApiKey.Make(TimeOrderedId.Next()),
            cancellationToken
        );
        configuration[Setting] = key;
        var file = PlaceIn(database);
        return isNew
            ? $"Its admin key, shown this once and kept in {file}: {key}"
            : $"Its admin key: KEY=$(cat '{file}')";
    }
}
