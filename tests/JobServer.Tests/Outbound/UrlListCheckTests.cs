using JobServer.Outbound;

namespace JobServer.Tests.Outbound;

public sealed class UrlListCheckTests
{
    private static readonly string[] Pieces =
    [
        "http://",
        "https://",
        "HTTP:",
        "//",
        "/",
        "\\",
        "?",
        "#",
        ":",
        "@",
        "a",
        "b.example",
        "example.org",
        "8080",
        "99999",
        "[::1]",
        "%zz",
        "%2f",
        "..",
        " ",
        "\t",
        "\0",
        "\u007F",
        "\u0085",
        "ü",
        "\uD800",
        "\uDC00",
        "😀",
        "xn--",
    ];

    [Fact]
    public void Any_list_is_judged_as_its_urls_are_one_by_one()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var check = new UrlListCheck();
        var last = "http://example.org/";
        var passed = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var tail = string.Concat(
                Enumerable.Range(0, random.Next(6)).Select(_ => Pieces[random.Next(Pieces.Length)])
            );
            var url = random.Next(3) == 0 ? tail : last[..random.Next(last.Length + 1)] + tail;
            var refusal = OutboundUrl.Refusal(url);

            Assert.Equal((url, refusal), (url, check.Refusal(url)));

            if (refusal is null)
            {
                passed++;
                last = url.Length > 60 ? "http://example.org/" : url;
            }
        }

        Assert.InRange(passed, 1000, 49_000);
    }

    [Fact]
    public void Url_on_a_host_that_passed_may_still_be_too_long_or_hold_a_control_character()
    {
        var check = new UrlListCheck();
        Assert.Null(check.Refusal("http://example.org/a"));

        Assert.Equal("a URL has at most 8192 characters", check.Refusal($"http://example.org/{new string('a', 8192)}"));
        Assert.Equal("a URL has no control characters", check.Refusal("http://example.org/a\nb"));
        Assert.Null(check.Refusal("http://example.org/b"));
    }
}
