using Spectre.Console;

namespace JobServer.Hosting.Demo;

/// <summary><c>demo [--stay]</c>: a host with nothing to set up, a first job of each kind, and what came of them.</summary>
internal static class DemoVerb
{
    private const string StaySwitch = "--stay";
    private const string AnyUrl = "http://127.0.0.1:0";
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(25);

    /// <summary>0 when every outcome was as expected, 1 when not.</summary>
    public static async Task<int> RunAsync(string[] args, Verbs.Compose compose, CancellationToken stop)
    {
        var stay = args.Contains(StaySwitch);
        var builder = Verbs.CreateBuilder([.. DemoSettings.Arguments(), .. args.Where(arg => arg != StaySwitch)]);
        DemoSettings.Apply(builder.Configuration);
        Console.WriteLine("Starting JobServer.");
        var sampleUrl = AnyUrl;
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
        {
            builder.WebHost.UseUrls(FreeUrl(HostDefaults.DefaultUrl));
            sampleUrl = FreeUrl(SampleApi.DefaultUrl);
        }

        await using var sample = await SampleApi.StartAsync(sampleUrl, stop);
        await using var database = await Verbs.OpenDatabaseAsync(builder, stop);
        var key = await DemoSettings.KeyOfAsync(builder.Configuration, database, stop);
        await using var host = compose(builder, database);
        await host.StartAsync(stop);
        try
        {
            var isAsExpected = await new DemoRun(host, database, key, sample, Screen()).RunAsync(stay, stop);
            if (stay)
                await StayAsync(host, stop);
            return isAsExpected ? 0 : 1;
        }
        catch (HttpRequestException exception)
        {
            await Console.Error.WriteLineAsync($"The demo broke off: {exception.Message}");
            return 1;
        }
        finally
        {
            using var limit = new CancellationTokenSource(StopLimit);
            await host.StopAsync(limit.Token);
        }
    }

    private static string FreeUrl(string url)
    {
        if (DemoSettings.IsFree(url))
            return url;
        Console.WriteLine($"{url} is taken by another program: a free port is used instead.");
        return AnyUrl;
    }

    private static IAnsiConsole Screen()
    {
        var console = AnsiConsole.Console;
        // A file has no width; 80 columns would break every other line of it.
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = 140;
        return console;
    }

    private static async Task StayAsync(WebApplication host, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop, host.Lifetime.ApplicationStopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ended.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
