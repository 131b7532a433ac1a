using JobServer.Hosting.Dashboard;
using static JobServer.Hosting.Dashboard.Markup;

namespace JobServer.Tests.Hosting.Dashboard;

public sealed class MarkupTests
{
    [Theory]
    [InlineData("<script>", "&lt;script&gt;")]
    [InlineData("\" onclick=\"x", "&quot; onclick=&quot;x")]
    [InlineData("' & '", "&#x27; &amp; &#x27;")]
    [InlineData("Grüße…", "Grüße…")]
    [InlineData(null, "")]
    public void Text_in_a_hole_is_encoded(string? text, string expected) =>
        Assert.Equal($"<b title=\"{expected}\">", Html($"<b title=\"{text}\">").ToString());

    [Fact]
    public void Markup_in_a_hole_stays_markup()
    {
        var inner = Html($"<i>{"&"}</i>");

        Assert.Equal("<p><i>&amp;</i><i>&amp;</i></p>", Html($"<p>{Join([inner, inner])}</p>").ToString());
    }

    [Fact]
    public void Number_in_a_hole_takes_a_format() => Assert.Equal("1.5", Html($"{1.50001:0.##}").ToString());

    [Fact]
    public void Nothing_is_an_empty_text() => Assert.Equal("", default(Markup).ToString());
}
