using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace JobServer.IntegrationTests.Faults;

/// <summary>
/// Stands between a host and PostgreSQL on loopback, and does what networks do: cuts connections, freezes them so that neither
/// side is told, delays what is sent, and lets only so much through.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly HashSet<Socket> _open = [];
    private readonly string _target;
    private readonly Task _accepting;
    private TaskCompletionSource _flowing = Done();
    private int _through;

    /// <param name="database">Leads to a private PostgreSQL by its unix socket.</param>
    public FaultProxy(string database)
    {
        var target = new NpgsqlConnectionStringBuilder(database);
        _target = Path.Combine(target.Host!, $".s.PGSQL.{target.Port}");
        _listener.Start();
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        ConnectionString = new NpgsqlConnectionStringBuilder(database)
        {
            Host = "127.0.0.1",
            Port = port,
        }.ConnectionString;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Leads to the database through the proxy.</summary>
    public string ConnectionString { get; }

    /// <summary>How long each piece is held back, in each direction.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Bytes a second that a connection lets through, in each direction; null: all.</summary>
    public int? Bandwidth { get; set; }

    /// <summary>Pieces that were let through so far.</summary>
    public int Through => Volatile.Read(ref _through);

    /// <summary>Connections that are open.</summary>
    public int Open
    {
        get
        {
            lock (_open)
                return _open.Count / 2;
        }
    }

    /// <summary>Resets every connection there is. New ones are let in.</summary>
    public void Cut()
    {
        lock (_open)
        {
            foreach (var socket in _open)
                socket.Close(0);
        }
    }

    /// <summary>From now on nothing passes and nothing is closed, on connections old and new.</summary>
    public void Freeze() => _flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All that was held back passes, where somebody still waits for it.</summary>
    public void Thaw() => _flowing.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _end.Dispose();
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptSocketAsync(_end.Token));
        }
        catch (Exception exception)
            when (_end.IsCancellationRequested && exception is OperationCanceledException or SocketException)
        {
            // The end.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var accepted = client;
        try
        {
            await server.ConnectAsync(new UnixDomainSocketEndPoint(_target), _end.Token);
            lock (_open)
                _open.UnionWith([client, server]);
            // The end of one side is the end of the other.
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
            await _flowing.Task.WaitAsync(_end.Token);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // The server is not there, or the test is over: the client finds out by the end of its connection.
        }
        finally
        {
            lock (_open)
                _open.ExceptWith([client, server]);
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var count)
            {
                await _flowing.Task.WaitAsync(_end.Token);
                var wait = Latency + TimeSpan.FromSeconds(Bandwidth is { } bandwidth ? (double)count / bandwidth : 0);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, _end.Token);
                for (var sent = 0; sent < count; )
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _end.Token);
                Interlocked.Increment(ref _through);
            }
        }
        catch (Exception exception)
            when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // A connection that is cut.
        }
    }
}
