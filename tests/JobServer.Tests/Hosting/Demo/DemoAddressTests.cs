using System.Net;
using System.Net.Sockets;
using JobServer.Hosting.Demo;

namespace JobServer.Tests.Hosting.Demo;

public sealed class DemoAddressTests
{
    [Fact]
    public void A_port_somebody_listens_on_is_taken_until_they_stop()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}";

        Assert.False(DemoSettings.IsFree(url));
        listener.Close();
        Assert.True(DemoSettings.IsFree(url));
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080", "http://127.0.0.1:5080/")]
    [InlineData("http://0.0.0.0:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://[::]:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://*:80", "http://127.0.0.1/")]
    [InlineData("http://[::1]:8080", "http://[::1]:8080/")]
    public void An_address_that_means_all_is_reached_on_loopback(string listening, string reached) =>
        Assert.Equal(reached, DemoRun.Reachable(listening).AbsoluteUri);
}
