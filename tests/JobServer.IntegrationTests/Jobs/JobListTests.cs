using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs;

public sealed class JobListTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_follow_each_other_newest_first_and_a_new_job_does_not_shift_them()
    {
        var tag = Guid.NewGuid().ToString("n");
        var ids = new List<string>();
        for (var n = 0; n < 7; n++)
            ids.Add(await SubmitAsync("/json/1", tag));
        ids.Reverse();

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await ListAsync($"tag={tag}&limit=3{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(job => job.Id()));
            cursor = page.GetProperty("nextCursor").GetString();
            await SubmitAsync("/json/2", tag);
        } while (cursor is not null);

        Assert.Equal(ids, seen);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(500, false)]
    public async Task A_page_has_a_cursor_only_when_another_follows(int limit, bool another)
    {
        var tag = Guid.NewGuid().ToString("n");
        for (var n = 0; n < 3; n++)
            await SubmitAsync("/json/1", tag);

        var page = await ListAsync($"tag={tag}&limit={limit}");

        Assert.Equal(Math.Min(limit, 3), page.GetProperty("data").GetArrayLength());
        Assert.Equal(another, page.GetProperty("nextCursor").ValueKind == JsonValueKind.String);
    }

    [Fact]
    public async Task Filters_select_by_kind_state_and_tag_together()
    {
        var tag = $"ü {Guid.NewGuid():n}&x";
        var succeeded = await SubmitAsync("/json/1", tag);
        var failed = await SubmitAsync("/status/404", tag, "another");
        await SubmitAsync("/json/1", "another");
        foreach (var id in new[] { succeeded, failed })
            await running.Jobs.WaitForEndAsync(id, Cancel);
        var escaped = Uri.EscapeDataString(tag);

        Assert.Equal([failed, succeeded], await IdsAsync($"tag={escaped}"));
        Assert.Equal([failed, succeeded], await IdsAsync($"tag={escaped}&kind=fetch"));
        Assert.Equal([succeeded], await IdsAsync($"tag={escaped}&kind=fetch&state=succeeded"));
        Assert.Equal([failed], await IdsAsync($"tag={escaped}&state=failed"));
        Assert.Empty(await IdsAsync($"tag={escaped}&state=expired"));
        Assert.Empty(await IdsAsync("tag=nobody%20has%20it"));
    }

    [Fact]
    public async Task A_listed_job_is_the_job()
    {
        var tag = Guid.NewGuid().ToString("n");
        var id = await SubmitAsync("/json/1", tag);
        var job = await running.Jobs.WaitForEndAsync(id, Cancel);

        var listed = Assert.Single((await ListAsync($"tag={tag}")).GetProperty("data").EnumerateArray());

        Assert.Equal(job.GetRawText(), listed.GetRawText());
    }

    private async Task<string> SubmitAsync(string path, params string[] tags)
    {
        var job = await running.Jobs.SubmitAsync(new { urls = new[] { running.Peer.Url + path }, tags }, Cancel);
        return job.Id();
    }

    private async Task<JsonElement> ListAsync(string query) =>
        JsonElement.Parse(await running.Host.Http.GetStringAsync($"/v1/jobs?{query}", Cancel));

    private async Task<List<string>> IdsAsync(string query) =>
        [.. (await ListAsync(query)).GetProperty("data").EnumerateArray().Select(job => job.Id())];
}
