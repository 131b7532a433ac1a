using System.Text.Json;
using JobServer.Jobs.Input;
using JobServer.Ledger;

namespace JobServer.Schedules;

/// <summary>
/// Schedules of the configuration, <c>Schedules:{id}:…</c>: at the start they are made or replaced, and those that are no
/// longer there are removed. One that is wrong stops the start.
/// </summary>
internal sealed class DeclaredSchedules(
    IConfiguration configuration,
    ScheduleReader reader,
    ScheduleChanges changes,
    ScheduleStore schedules,
    ILogger<DeclaredSchedules> logger
)
{
    public const string Section = "Schedules";

    private static readonly string[] Members =
    [
        .. typeof(ScheduleBody)
            .GetProperties()
            .Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)),
    ];

    /// <summary>Brings the schedules in line with the configuration.</summary>
    /// <exception cref="InvalidSettingException">One of them is wrong; none was touched.</exception>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var sentences = new List<string>();
        var declared = new List<(ScheduleKey Key, ScheduleRequest Request)>();
        foreach (var section in configuration.GetSection(Section).GetChildren())
        {
            if (await ReadAsync(section, sentences, cancellationToken) is { } request)
                declared.Add((KeyOf(section), request));
        }

        if (sentences.Count > 0)
            throw new InvalidSettingException(string.Join('\n', sentences));
        foreach (var (key, request) in declared)
            await changes.DeclareAsync(key, request, cancellationToken);
        var ids = declared.ConvertAll(schedule => schedule.Key.Id);
        foreach (var id in await schedules.DeleteUndeclaredAsync(JobKey.DefaultTenant, ids, cancellationToken))
            logger.ScheduleDeleted(id);
    }

    private async Task<ScheduleRequest?> ReadAsync(
        IConfigurationSection section,
        List<string> sentences,
        CancellationToken cancellationToken
    )
    {
        var setting = ScheduleIds.SettingOf(section.Key);
        if (!ScheduleIds.IsValid(section.Key))
        {
            sentences.Add($"{setting}: the id {ScheduleIds.Rule}.");
            return null;
        }

        var faults = new Faults();
        var request = await reader.ReadAsync(
            KeyOf(section),
            JsonElement.Parse(SettingsJson.Of(section, Members)),
            faults,
            cancellationToken
        );
        foreach (var (path, messages) in faults.ToErrors())
            sentences.AddRange(messages.Select(message => $"{SettingOf(setting, path)} {message.TrimEnd('.')}."));
        return request;
    }

    private static ScheduleKey KeyOf(IConfigurationSection section) => new(JobKey.DefaultTenant, section.Key);

    /// <summary>The path of a member as the setting it comes from: <c>args.urls[0]</c> is <c>args:urls:0</c>.</summary>
    private static string SettingOf(string setting, string path) =>
        path == Faults.Document
            ? setting
            : $"{setting}:{path.Replace('.', ':').Replace('[', ':').Replace("]", "", StringComparison.Ordinal)}";
}
