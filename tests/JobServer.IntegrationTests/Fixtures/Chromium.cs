namespace JobServer.IntegrationTests.Fixtures;

/// <summary>Which browser the tests use: <c>JOBSERVER_CHROMIUM</c>, one that is installed, or Playwright's own.</summary>
internal static class Chromium
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    private static readonly string[] MacPlaces =
    [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ];

    /// <summary>The program; null for the one that Playwright keeps, which is there then.</summary>
    public static string? FindOrInstall()
    {
        if (Environment.GetEnvironmentVariable("JOBSERVER_CHROMIUM") is { Length: > 0 } named)
            return File.Exists(named)
                ? named
                : throw new FileNotFoundException($"JOBSERVER_CHROMIUM names no file: {named}.");
        if (Installed() is { } installed)
            return installed;
        // Does nothing where it has done so before.
        if (Microsoft.Playwright.Program.Main(["install", "chromium"]) == 0)
            return null;
        throw new InvalidOperationException(
            "No browser was found, and Playwright could not download one. Three ways out: install Chromium or Chrome "
                + "(apt-get install chromium, dnf install chromium or brew install --cask chromium), set JOBSERVER_CHROMIUM "
                + "to the program of one, or run the tests once with access to the internet."
        );
    }

    private static string? Installed()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(
            Path.PathSeparator,
            StringSplitOptions.RemoveEmptyEntries
        );
        var onPath = Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name)));
        return onPath.Concat(MacPlaces).FirstOrDefault(File.Exists);
    }
}
