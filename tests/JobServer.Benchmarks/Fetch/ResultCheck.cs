using System.Text.Json;
using JobServer.Benchmarks.Targets;

namespace JobServer.Benchmarks.Fetch;

/// <summary>Whether what a job kept is what was served: every item, once, in order, with its own data.</summary>
internal sealed class ResultCheck(PageSet pages, Uri target, int urls)
{
    private int _next;

    public void Take(string line)
    {
        var seq = _next++;
        using var document = Parse(seq, line);
        var result = document.RootElement;
        if (
            seq >= urls
            || result.GetProperty("seq").GetInt32() != seq
            || result.GetProperty("state").GetString() != "succeeded"
            || !IsPage(result.GetProperty("value"), seq)
        )
        {
            throw new IncorrectException($"result line {seq} is not that of item {seq} of {urls}: {line}");
        }
    }

    public void Complete()
    {
        if (_next != urls)
        {
            throw new IncorrectException($"{_next} result lines for {urls} items");
        }
    }

    private bool IsPage(JsonElement value, int seq)
    {
        using var expected = JsonDocument.Parse(pages.PageOf(seq).Body);
        return value.GetProperty("url").GetString() == pages.UrlOf(target, seq).AbsoluteUri
            && value.GetProperty("status").GetInt32() == 200
            && JsonElement.DeepEquals(value.GetProperty("data"), expected.RootElement);
    }

    private static JsonDocument Parse(int seq, string line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException)
        {
            throw new IncorrectException($"result line {seq} is not JSON: {line}");
        }
    }
}
