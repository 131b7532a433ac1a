using System.Net;
using System.Net.Sockets;
using JobServer.Hosting.Demo;

namespace JobServer.Tests.Hosting.Demo;

public sealed class DemoAddressTests
{
    [Fact]
    public void A_port_that_is_free_is_kept()
    {
        var port = 0;
        using (var listener = Listen())
            port = ((IPEndPoint)listener.LocalEndPoint!).Port;

        Assert.Equal($"http://127.0.0.1:{port}", DemoSettings.FreeUrl($"http://127.0.0.1:{port}"));
    }

    [Fact]
    public void A_port_that_is_taken_is_left_to_the_system_to_choose()
    {
        using var listener = Listen();
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;

        Assert.Equal("http://127.0.0.1:0", DemoSettings.FreeUrl($"http://127.0.0.1:{port}"));
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080", "http://127.0.0.1:5080/")]
    [InlineData("http://0.0.0.0:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://[::]:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://*:80", "http://127.0.0.1/")]
    [InlineData("http://[::1]:8080", "http://[::1]:8080/")]
    public void An_address_that_means_all_is_reached_on_loopback(string listening, string reached) =>
        Assert.Equal(reached, DemoRun.Reachable(listening).AbsoluteUri);

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }
}
