namespace JobServer.Benchmarks.Targets;

/// <summary>nginx with a configuration of its own, in the foreground, one worker, no log.</summary>
internal sealed class NginxTarget : ITarget
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ChildProcess _process;

    private NginxTarget(ChildProcess process, Uri address, string description)
    {
        _process = process;
        Address = address;
        Description = description;
    }

    public Uri Address { get; }

    public string Description { get; }

    public static async Task<NginxTarget> StartAsync(
        string binary,
        PageSet pages,
        TempFolder temp,
        CancellationToken cancellationToken
    )
    {
        var folder = Directory.CreateDirectory(Path.Combine(temp.Path, "nginx")).FullName;
        var configuration = Path.Combine(folder, "nginx.conf");
        var port = Target.FreePort();
        await File.WriteAllTextAsync(configuration, Configuration(folder, pages.Folder, port), cancellationToken);

        var version = await Capture.OutputAsync(binary, ["-v"], cancellationToken);
        var process = ChildProcess.Start("nginx", binary, ["-p", folder, "-c", configuration]);
        var target = new NginxTarget(
            process,
            new Uri($"http://127.0.0.1:{port}/"),
            version?.Split(": ")[^1] ?? "nginx"
        );
        try
        {
            await target.AnswersAsync(pages.FirstFileName, cancellationToken);
            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task AnswersAsync(string fileName, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Address };
        for (var waited = TimeSpan.Zero; waited < StartLimit && !_process.HasExited; waited += Pause)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri(fileName, UriKind.Relative), cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(Pause, cancellationToken);
        }

        throw new MissingException($"an nginx that answers at {Address} within {StartLimit}.{_process.Tail()}");
    }

    private static string Configuration(string folder, string pages, int port) =>
        $$"""
            daemon off;
            worker_processes 1;
            pid {{folder}}/nginx.pid;
            error_log stderr warn;
            events { worker_connections 4096; }
            http {
              access_log off;
              default_type application/json;
              sendfile on;
              tcp_nopush on;
              open_file_cache max=1000 inactive=1h;
              open_file_cache_valid 1h;
              keepalive_requests 1000000000;
              keepalive_timeout 1h;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              server {
                listen 127.0.0.1:{{port}};
                root {{pages}};
              }
            }

            """;
}
