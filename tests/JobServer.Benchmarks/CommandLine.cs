using System.Globalization;

namespace JobServer.Benchmarks;

/// <summary>Options of one verb as <c>--name value</c> pairs; anything else is refused.</summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public CommandLine(string verb, string[] args, params string[] known)
    {
        Text = string.Join(' ', ["dotnet", "JobServer.Benchmarks.dll", verb, .. args]);
        for (var at = 0; at < args.Length; at += 2)
        {
            var name = args[at].StartsWith("--", StringComparison.Ordinal) ? args[at][2..] : "";
            if (!known.Contains(name, StringComparer.Ordinal))
            {
                throw new MissingException(
                    $"an option of {verb} in place of '{args[at]}': --{string.Join(", --", known)}"
                );
            }

            _values[name] = at + 1 < args.Length ? args[at + 1] : throw new MissingException($"the value of --{name}");
        }
    }

    public string Text { get; }

    public string? this[string name] => _values.GetValueOrDefault(name);

    public int Number(string name, int absent, int least, int most)
    {
        if (this[name] is not { } text)
        {
            return absent;
        }

        return
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
            ? number
            : throw new MissingException($"a number from {least} to {most} for --{name}, not '{text}'");
    }

    /// <summary>Of whatever is random in a run; drawn when absent.</summary>
    public int Seed() => Number("seed", absent: Random.Shared.Next(1_000_000), least: 0, most: int.MaxValue);

    public string OneOf(string name, string absent, params string[] choices)
    {
        var text = this[name] ?? absent;
        return choices.Contains(text, StringComparer.Ordinal)
            ? text
            : throw new MissingException($"one of {string.Join(", ", choices)} for --{name}, not '{text}'");
    }

    /// <summary>All of them when absent, else those that are named, commas between.</summary>
    public IReadOnlyList<string> SomeOf(string name, string[] all)
    {
        var chosen = this[name]?.Split(',') ?? all;
        return chosen.Except(all, StringComparer.Ordinal).FirstOrDefault() is { } unknown
            ? throw new MissingException($"names out of {string.Join(", ", all)} for --{name}, not '{unknown}'")
            : chosen;
    }

    /// <summary>A file to write at the end: whether its folder is there is found out now, and not after the last round.</summary>
    public string? NewFile(string name) =>
        this[name] is not { } file || Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file)))
            ? this[name]
            : throw new MissingException($"the folder of --{name} {file}");
}
