using System.Reflection;
using System.Text.RegularExpressions;
using JobServer.EmbeddedPostgres;
using JobServer.Hosting;

namespace JobServer.Tests.Hosting;

/// <summary>The README's table of configuration names what the options classes have, and nothing else of theirs.</summary>
public sealed partial class ReadmeTests
{
    private static readonly Type[] OptionsTypes =
    [
        .. new[] { typeof(HangfireOptions).Assembly, typeof(PostgresServerOptions).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && SectionOf(type) is not null),
    ];

    private static readonly string[] Settings =
    [
        .. OptionsTypes.SelectMany(type =>
            type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Select(property => $"{SectionOf(type)}:{property.Name}")
        ),
    ];

    private static readonly string[] Documented =
    [
        .. Row()
            .Matches(File.ReadAllText(RepositoryFile.PathOf("README.md")))
            .Select(row => row.Groups["setting"].Value),
    ];

    [Fact]
    public void Every_setting_has_a_row() => Assert.Empty(Settings.Except(Documented));

    [Fact]
    public void No_row_names_a_setting_that_is_gone()
    {
        var sections = Settings.Select(setting => setting[..setting.LastIndexOf(':')]).Distinct();
        // Read by the host itself, before there are options.
        string[] others = ["Embedded:Enabled"];

        var known = Documented.Where(row =>
            sections.Any(section => row.StartsWith($"{section}:", StringComparison.Ordinal))
        );

        Assert.Empty(known.Except(Settings).Except(others));
    }

    private static string? SectionOf(Type type) =>
        type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string;

    [GeneratedRegex(
        @"^\| `(?<setting>[A-Za-z]+(:[A-Za-z{}]+)+)` \|",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Row();
}
