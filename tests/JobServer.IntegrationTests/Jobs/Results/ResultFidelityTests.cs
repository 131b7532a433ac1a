using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using Microsoft.AspNetCore.Http;

namespace JobServer.IntegrationTests.Jobs.Results;

public sealed class ResultFidelityTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Pages =>
        [
            """{"z":1,"a":2,"m":{"y":1,"b":2}}""",
            """{"a":1,"a":2}""",
            """[123456789012345678901234567890.123456789012345678901234567890,1e400,-0,1.0,1.10]""",
            """{"a":"\u00e9\/\u003c\ud83d\ude00 <&'ü"}""",
            """{"a":"\ud83d","\udc00":1}""",
            """{"a":"\u0000"}""",
            """{ "a" :  [ 1 ,2 ],	"b":{ } }""",
            """ "text alone" """,
            "null",
            "0",
            $"{new string('[', 200)}1{new string(']', 200)}",
        ];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Json_comes_back_byte_for_byte(string page)
    {
        var url = Serve(page);

        var job = await SubmitAndEndAsync(url);

        Assert.Equal("succeeded", job.State());
        var line = await running.Host.Http.GetStringAsync($"/v1/jobs/{job.Id()}/results", Cancel);
        Assert.Contains($"\"data\":{page.Trim()},\"timings\"", line, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Json_comes_back_byte_for_byte_to_who_waits_for_it(string page)
    {
        var url = Serve(page);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs/fetch");
        request.Headers.Add("Prefer", "wait=60");
        request.Content = new StringContent($"{{\"urls\":[\"{url}\"]}}", Encoding.UTF8, "application/json");

        using var response = await running.Host.Http.SendAsync(request, Cancel);

        var body = await response.Content.ReadAsStringAsync(Cancel);
        Assert.Contains($"\"data\":{page.Trim()},\"timings\"", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\n  \"a\": [\n    1,\n    2\n  ]\n}\n")]
    [InlineData("{\r\n\t\"a\": [\r\n\t\t1,\r\n\t\t2\r\n\t]\r\n}\r\n")]
    public async Task Pretty_printed_json_stays_on_one_line(string page)
    {
        var urls = new[] { Serve(page), Serve(page), $"{running.Peer.Url}/json/3" };

        var job = await running.Jobs.RunAsync(new { urls }, Cancel);

        var text = await running.Host.Http.GetStringAsync($"/v1/jobs/{job.Id()}/results", Cancel);
        Assert.DoesNotContain('\r', text);
        Assert.Equal(3, text.Count(letter => letter == '\n'));
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var lines = await running.Jobs.ResultsAsync(job.Id(), Cancel);
        Assert.Equal(
            "[1,2]",
            string.Concat(
                lines[0]
                    .GetProperty("value")
                    .GetProperty("data")
                    .GetProperty("a")
                    .GetRawText()
                    .Where(letter => !char.IsWhiteSpace(letter))
            )
        );
    }

    private async Task<JsonElement> SubmitAndEndAsync(string url)
    {
        var job = await running.Jobs.SubmitAsync(new { urls = new[] { url } }, Cancel);
        return await running.Jobs.WaitForEndAsync(job.Id(), Cancel);
    }

    private string Serve(string page)
    {
        var path = $"/{Guid.NewGuid():n}";
        running.Peer.Answers[path] = http =>
        {
            http.Response.ContentType = "application/json";
            return http.Response.WriteAsync(page, http.RequestAborted);
        };
        return running.Peer.Url + path;
    }
}
