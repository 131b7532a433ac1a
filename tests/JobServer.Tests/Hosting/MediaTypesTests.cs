using JobServer.Hosting;
using Microsoft.Net.Http.Headers;

namespace JobServer.Tests.Hosting;

public sealed class MediaTypesTests
{
    private static readonly string[] Offered = ["application/json", "text/html"];

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/*", "application/json")]
    [InlineData("text/*", "text/html")]
    [InlineData("text/html", "text/html")]
    [InlineData("application/json; charset=utf-8", "application/json")]
    [InlineData("text/html, application/xhtml+xml, application/xml;q=0.9, image/avif, */*;q=0.8", "text/html")]
    [InlineData("text/html;q=0.5, application/json", "application/json")]
    [InlineData("text/csv, text/html;q=0.1", "text/html")]
    [InlineData("text/html;q=0, application/json;q=0.1", "application/json")]
    [InlineData("text/csv", null)]
    [InlineData("text/html;q=0", null)]
    public void What_is_liked_best_is_chosen(string? accept, string? expected)
    {
        var types = accept is null ? [] : MediaTypeHeaderValue.ParseList([accept]);

        Assert.Equal(expected, MediaTypes.Choose(types, Offered, type => type));
    }
}
