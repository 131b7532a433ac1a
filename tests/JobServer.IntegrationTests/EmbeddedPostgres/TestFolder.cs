using JobServer.EmbeddedPostgres;

namespace JobServer.IntegrationTests.EmbeddedPostgres;

/// <summary>A new folder for one test, gone after it.</summary>
internal sealed class TestFolder(DirectoryInfo folder) : IDisposable
{
    public TestFolder()
        : this(Directory.CreateTempSubdirectory("jobserver-pg-")) { }

    public string Path => folder.FullName;

    public string Data => Under("data");

    public PostgresServerOptions Options => new() { DataDir = Path, Durable = false };

    public string Under(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    /// <summary>Makes a folder that looks like one with server binaries.</summary>
    public string WithBinaries(params string[] names)
    {
        var bin = Under(names);
        Directory.CreateDirectory(bin);
        File.WriteAllText(System.IO.Path.Combine(bin, "initdb"), "");
        File.WriteAllText(System.IO.Path.Combine(bin, "postgres"), "");
        return bin;
    }

    public void Dispose() => folder.Delete(recursive: true);
}
