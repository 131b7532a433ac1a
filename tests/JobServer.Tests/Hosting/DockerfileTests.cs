namespace JobServer.Tests.Hosting;

public sealed class DockerfileTests
{
    [Fact]
    public void Whatever_a_restore_reads_is_copied_before_it()
    {
        var root = RepositoryFile.PathOf(".");
        string[] patterns = ["*.csproj", "*.props", "packages.lock.json"];
        var read = patterns
            .SelectMany(pattern => Directory.GetFiles(Path.Combine(root, "src"), pattern, SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'));
        var lines = File.ReadAllLines(Path.Combine(root, "src/JobServer/Dockerfile"));
        var copied = lines
            .TakeWhile(line => !line.StartsWith("RUN dotnet restore", StringComparison.Ordinal))
            .SelectMany(line => line.Split(' '));

        Assert.Empty(read.Except(copied));
    }
}
