using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace JobServer.IntegrationTests.Outbound;

/// <summary>
/// A server on loopback that says exactly what a test wants, byte for byte, and counts who comes. Each connection is
/// read up to the end of a request, answered, and read again until the peer or the answer closes it.
/// </summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener;
    private readonly Func<Stream, string, CancellationToken, Task> _answer;
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _greets;
    private readonly Task _accepting;
    private int _accepted;

    public RawServer(
        Func<Stream, string, CancellationToken, Task> answer,
        IPAddress? address = null,
        bool greets = false
    )
    {
        _answer = answer;
        _greets = greets;
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        if (_listener.Server.AddressFamily == AddressFamily.InterNetworkV6)
            _listener.Server.DualMode = true;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public RawServer(Func<string, string> answer, IPAddress? address = null)
        : this((stream, request, token) => WriteAsync(stream, answer(request), token), address) { }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections that reached the server.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Each request head as received, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Ends when the first connection has ended.</summary>
    public Task Closed => _closed.Task;

    public Uri Url(string path = "/", string host = "127.0.0.1") => new($"http://{host}:{Port}{path}");

    public static Task WriteAsync(Stream stream, string text, CancellationToken cancellationToken) =>
        stream.WriteAsync(Encoding.Latin1.GetBytes(text), cancellationToken).AsTask();

    public static string Ok(string body, string headers = "") =>
        $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n{headers}\r\n{body}";

    public static string Moved(string location, int status = 302) =>
        $"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        // Before the listener stops: asked to accept once more after that, it throws what nobody would understand.
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                _connections.Add(ServeAsync(socket));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException) { }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (_greets)
                await _answer(stream, "", _stop.Token);
            while (await ReadHeadAsync(stream) is { } head)
            {
                Requests.Enqueue(head);
                await _answer(stream, head, _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException) { }
        finally
        {
            _closed.TrySetResult();
        }
    }

    private async Task<string?> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, _stop.Token);
            if (read == 0)
                return null;
            head.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }

        return head.ToString();
    }
}
