using System.Text.Json;
using JobServer.Hosting.Demo;
using JobServer.Hosting.Demo.Fetch;
using JobServer.Jobs.Calls;
using JobServer.Jobs.Input;
using JobServer.Outbound;

namespace JobServer.Tests.Hosting.Demo.Fetch;

public sealed class FetchPlanTests
{
    private static readonly FetchPlan Plan = new(new Uri("http://127.0.0.1:4000/"));

    [Fact]
    public void Every_url_can_be_submitted() =>
        Assert.All(Plan.Items, item => Assert.Null(OutboundUrl.Refusal(item.Url.OriginalString)));

    [Fact]
    public void Its_options_are_accepted()
    {
        var faults = new Faults();
        var submission = JsonSerializer.SerializeToElement(new { Plan.Submission }, JsonSerializerOptions.Web);
        var fields = new Fields(submission.GetProperty("submission"), "", faults);

        var settings = CallSettings.Read(fields);

        Assert.False(faults.Any);
        Assert.Equal(FetchPlan.MaxAttempts, settings.Retry.MaxAttempts);
        Assert.True(settings.MaxBodyBytes < SampleApi.LargeBytes);
    }

    [Fact]
    public void No_stretch_of_it_can_open_the_breaker_of_the_sample_api()
    {
        var options = new OutboundOptions();
        var calls = 0;
        var failures = 0;
        foreach (var item in Plan.Items.Where(item => item.Url.Port == 4000))
        {
            // The worst order: the failing attempts of an item at once, its good one never.
            var failing =
                item.Page is "/flaky/N" ? 2
                : item.Page is "/broken/N" ? 3
                : 0;
            failures += failing;
            calls += Math.Max(failing, 1);
            if (calls >= options.BreakerMinimumCalls)
                Assert.InRange((double)failures / calls, 0, options.BreakerFailureRatio - 0.05);
        }
    }
}
