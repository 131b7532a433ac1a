using System.Net;
using System.Text;
using JobServer.Outbound;

namespace JobServer.Tests.Outbound;

public sealed class RedirectTests
{
    private static readonly Uri Here = new("https://a.example/dir/page?q=1#part");

    [Theory]
    [InlineData("https://b.example/x#other", "https://b.example/x#other")]
    [InlineData("//b.example/x", "https://b.example/x#part")]
    [InlineData("/x", "https://a.example/x#part")]
    [InlineData("x", "https://a.example/dir/x#part")]
    [InlineData("../x", "https://a.example/x#part")]
    [InlineData("?p", "https://a.example/dir/page?p#part")]
    [InlineData("#new", "https://a.example/dir/page?q=1#new")]
    [InlineData("https://user:secret@b.example/x", "https://b.example/x#part")]
    [InlineData("https://user@b.example/x#y", "https://b.example/x#y")]
    public void Location_is_read_relative_to_the_request(string location, string target)
    {
        Assert.Equal(target, Redirect.Target(Here, location)?.AbsoluteUri);
    }

    [Theory]
    [InlineData("http://a.example/x")] // from https down to http
    [InlineData("ftp://a.example/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("javascript:alert(1)")]
    [InlineData("ws://a.example/")]
    [InlineData("https://")]
    [InlineData("https://xn--ü/")] // a name that has no ASCII form
    [InlineData(@"\\b.example\share")]
    public void Location_that_is_not_followed_leaves_the_answer_as_it_is(string location)
    {
        Assert.Null(Redirect.Target(Here, location));
    }

    [Fact]
    public void Location_in_utf8_is_understood()
    {
        var asReceived = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("/ü"));

        Assert.Equal("/%C3%BC", Redirect.Target(Here, asReceived)?.AbsolutePath);
    }

    [Theory]
    [InlineData(301, true)]
    [InlineData(302, true)]
    [InlineData(303, true)]
    [InlineData(307, true)]
    [InlineData(308, true)]
    [InlineData(200, false)]
    [InlineData(300, false)]
    [InlineData(304, false)]
    public void Only_the_five_redirect_statuses_are_followed(int status, bool followed)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        response.Headers.TryAddWithoutValidation("Location", "/x");

        Assert.Equal(followed, Redirect.Target(Here, response) is not null);
    }

    [Theory]
    [InlineData("https://a.example:443/other", true)]
    [InlineData("https://A.EXAMPLE/", true)]
    [InlineData("http://a.example/", false)]
    [InlineData("https://a.example:8443/", false)]
    [InlineData("https://b.a.example/", false)]
    public void Origin_is_scheme_host_and_port(string other, bool same)
    {
        Assert.Equal(same, Redirect.IsSameOrigin(Here, new Uri(other)));
    }
}
