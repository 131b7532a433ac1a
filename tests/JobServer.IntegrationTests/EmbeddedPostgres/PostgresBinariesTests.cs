using System.Text.Json;
using JobServer.EmbeddedPostgres;

namespace JobServer.IntegrationTests.EmbeddedPostgres;

public sealed class PostgresBinariesTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_found_says_what_was_looked_for_and_three_ways_out()
    {
        var places = Places(patterns: [_folder.Under("postgresql", "*", "bin")]);

        var message = Assert.Throws<PostgresNotFoundException>(() => PostgresBinaries.Find(null, places)).Message;

        Assert.Contains("on PATH", message, StringComparison.Ordinal);
        Assert.Contains(_folder.Under("postgresql", "*", "bin"), message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__JobServer", message, StringComparison.Ordinal);
        Assert.Contains("apt-get install postgresql", message, StringComparison.Ordinal);
        Assert.Contains("npm ci --ignore-scripts", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Configured_folder_wins_over_PATH()
    {
        var configured = _folder.WithBinaries("configured");
        var places = Places(path: _folder.WithBinaries("onpath"));

        Assert.Equal(configured, PostgresBinaries.Find(configured, places));
    }

    [Theory]
    [InlineData("initdb")]
    [InlineData("postgres")]
    public void Configured_folder_that_lacks_a_binary_is_refused_not_searched_past(string missing)
    {
        var configured = _folder.WithBinaries("configured");
        File.Delete(Path.Combine(configured, missing));
        var places = Places(path: _folder.WithBinaries("onpath"));

        var refusal = Assert.Throws<PostgresNotFoundException>(() => PostgresBinaries.Find(configured, places));

        Assert.Contains($"Embedded:BinDir is {configured}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Link_on_PATH_leads_to_the_folder_of_the_installation()
    {
        var installed = _folder.WithBinaries("installed", "15", "bin");
        var links = Directory.CreateDirectory(_folder.Under("links")).FullName;
        File.CreateSymbolicLink(Path.Combine(links, "postgres"), Path.Combine(installed, "postgres"));

        Assert.Equal(installed, PostgresBinaries.Find(null, Places(path: $"relative:{_folder.Under("none")}:{links}")));
    }

    [Fact]
    public void Newest_installed_version_comes_first_by_number()
    {
        _folder.WithBinaries("postgresql", "9.6", "bin");
        _folder.WithBinaries("postgresql", "15", "bin");
        var newest = _folder.WithBinaries("postgresql", "17", "bin");
        // A client without a server, as Debian's package of psql leaves behind.
        Directory.CreateDirectory(_folder.Under("postgresql", "18", "bin"));

        Assert.Equal(newest, PostgresBinaries.Find(null, Places(patterns: [_folder.Under("postgresql", "*", "bin")])));
    }

    [Fact]
    public void Version_after_a_dash_or_an_at_sign_is_read_too()
    {
        _folder.WithBinaries("opt", "postgresql@9", "bin");
        var newest = _folder.WithBinaries("opt", "postgresql@17", "bin");

        Assert.Equal(
            newest,
            PostgresBinaries.Find(null, Places(patterns: [_folder.Under("opt", "postgresql@*", "bin")]))
        );
    }

    [Fact]
    public void Npm_copy_comes_last_and_gets_the_links_its_package_lists()
    {
        var bin = NpmPackage();
        var lib = Directory.CreateDirectory(Path.GetFullPath(Path.Combine(bin, "..", "lib"))).FullName;
        File.WriteAllText(Path.Combine(lib, "libicuuc.so.60.2"), "code");
        var npm = Places(npm: [_folder.Under("npm")]);

        Assert.Equal(bin, PostgresBinaries.Find(null, npm));
        Assert.Equal(bin, PostgresBinaries.Find(null, npm));

        var link = new FileInfo(Path.Combine(lib, "libicuuc.so.60"));
        Assert.Equal("libicuuc.so.60.2", link.LinkTarget);
        Assert.Equal("code", File.ReadAllText(link.FullName));
        var installed = _folder.WithBinaries("postgresql", "15", "bin");
        Assert.Equal(
            installed,
            PostgresBinaries.Find(null, npm with { Patterns = [_folder.Under("postgresql", "*", "bin")] })
        );
    }

    [Fact]
    public void Npm_copy_that_is_configured_gets_its_links_too()
    {
        var bin = NpmPackage();

        Assert.Equal(bin, PostgresBinaries.Find(bin, Places()));

        Assert.NotNull(new FileInfo(Path.Combine(bin, "..", "lib", "libicuuc.so.60")).LinkTarget);
    }

    [Fact]
    public void Npm_folder_is_found_from_below_the_repository_and_nowhere_else()
    {
        var npm = NpmCopy.Folder(AppContext.BaseDirectory);

        Assert.True(File.Exists(Path.Combine(npm!, "package-lock.json")));
        Assert.Null(NpmCopy.Folder(_folder.Path));
    }

    [Fact]
    public void Npm_lock_file_pins_every_platform_and_names_no_server()
    {
        var npm = NpmCopy.Folder(AppContext.BaseDirectory)!;
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(npm, "package-lock.json")));

        var packages = json
            .RootElement.GetProperty("packages")
            .EnumerateObject()
            .Where(p => p.Name.Length > 0)
            .ToList();

        Assert.Equal(4, packages.Count);
        Assert.All(packages, package => Assert.True(package.Value.TryGetProperty("integrity", out _)));
        Assert.All(packages, package => Assert.False(package.Value.TryGetProperty("resolved", out _)));
    }

    private string NpmPackage()
    {
        var bin = NpmCopy.BinDir(_folder.Under("npm"));
        _folder.WithBinaries(Path.GetRelativePath(_folder.Path, bin));
        Directory.CreateDirectory(Path.Combine(bin, "..", "lib"));
        File.WriteAllText(
            Path.Combine(bin, "..", "pg-symlinks.json"),
            """[{"source":"native/lib/libicuuc.so.60.2","target":"native/lib/libicuuc.so.60"}]"""
        );
        return bin;
    }

    private static BinaryPlaces Places(string path = "", string[]? patterns = null, string[]? npm = null) =>
        new(path, patterns ?? [], npm ?? []);
}
