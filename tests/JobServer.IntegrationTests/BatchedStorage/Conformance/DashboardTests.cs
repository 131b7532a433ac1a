using System.Net;
using Hangfire;
using Hangfire.Dashboard;
using Hangfire.States;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.SampleJobs;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>Hangfire's own dashboard: its pages, and what its buttons send.</summary>
public sealed class DashboardTests(BothStorages storages) : ConformanceTests(storages)
{
    [Theory, MemberData(nameof(BothStorages.Kinds), MemberType = typeof(BothStorages))]
    public async Task Buttons_change_jobs_in_every_state_and_every_page_is_shown(StorageKind kind)
    {
        var (key, rows, client) = (NewKey(), Rows(kind), Client(kind));
        await using var dashboard = await StartAsync(Storages[kind]);
        using var handler = new SocketsHttpHandler();
        using var http = new HttpClient(handler) { BaseAddress = new Uri(dashboard.Urls.First()) };
        using (Serve(kind))
        {
            string[] succeeded = [client.Enqueue(() => Run(key)), client.Enqueue(() => Run(key))];
            string[] failed = [.. Enumerable.Range(0, 3).Select(_ => client.Enqueue(() => Fail(key)))];
            var processing = client.Enqueue(() => Hold(key + ":held"));
            string[] scheduled = [.. Enumerable.Range(0, 3).Select(_ => Later(client, key))];
            string[] awaiting = [.. scheduled.Select(parent => client.ContinueJobWith(parent, () => Run(key)))];
            string[] enqueued = [.. Enumerable.Range(0, 3).Select(_ => Waiting(client, key))];
            new RecurringJobManager(Storages[kind]).AddOrUpdate(key, () => Run(key + ":recurring"), Cron.Never);
            new RecurringJobManager(Storages[kind]).AddOrUpdate(key + "2", () => Run(key), Cron.Never);
            foreach (var id in succeeded)
                await rows.ReachesAsync(id, SucceededState.StateName);
            foreach (var id in failed)
                await rows.ReachesAsync(id, FailedState.StateName);
            await rows.ReachesAsync(processing, ProcessingState.StateName);
            await SeePagesAsync(http, [succeeded[0], failed[0], processing, scheduled[0], awaiting[0], enqueued[0]]);

            await PressAsync(http, "jobs/succeeded/requeue", succeeded);
            await PressAsync(http, "jobs/failed/requeue", failed[..1]);
            await PressAsync(http, "jobs/failed/delete", failed[1..]);
            await PressAsync(http, "jobs/scheduled/enqueue", scheduled[..1]);
            await PressAsync(http, "jobs/scheduled/delete", scheduled[1..2]);
            await PressAsync(http, "jobs/awaiting/delete", awaiting[2..]);
            await PressAsync(http, "jobs/enqueued/delete", enqueued[..2]);
            await PressAsync(http, "jobs/processing/delete", [processing]);
            await PressAsync(http, "jobs/deleted/requeue", enqueued[1..2]);
            await PressAsync(http, $"jobs/actions/delete/{enqueued[2]}", []);
            await PressAsync(http, $"jobs/actions/requeue/{scheduled[2]}", []);
            await PressAsync(http, "recurring/trigger", [key]);
            await PressAsync(http, "recurring/remove", [key + "2"]);
            Open(key + ":held");

            foreach (var id in (List<string>)[.. succeeded, scheduled[0], scheduled[2], awaiting[0], enqueued[1]])
                await rows.ReachesAsync(id, SucceededState.StateName);
            await RanAsync(key + ":recurring");
            await StorageRows.ComesAsync(
                () => rows.HistoryOf(failed[0]).EndsWith("Enqueued Processing Failed", StringComparison.Ordinal),
                () => rows.HistoryOf(failed[0])
            );
            Assert.All(
                [.. failed[1..], scheduled[1], awaiting[1], awaiting[2], enqueued[0], enqueued[2], processing],
                id => Assert.Equal("Deleted", rows.StateOf(id))
            );
            Assert.Equal("Triggered via Dashboard UI", rows.ReasonOf(enqueued[2]));
            Assert.Equal(key, rows.One("select value from set where key = 'recurring-jobs'"));
            await SeePagesAsync(http, [succeeded[0], failed[1], processing, awaiting[1], "987654321"]);
        }
    }

    private static string Later(BackgroundJobClient client, string key) =>
        client.Schedule(() => Run(key), TimeSpan.FromHours(1));

    private static string Waiting(BackgroundJobClient client, string key) =>
        client.Create(() => Run(key), new EnqueuedState("nobody"));

    private static async Task<WebApplication> StartAsync(JobStorage storage)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        // Not AddHangfire: it sets the activator and the log of the whole process to those of this application.
        builder.Services.AddSingleton<IGlobalConfiguration>(GlobalConfiguration.Configuration);
        builder.Services.AddSingleton(DashboardRoutes.Routes);
        var app = builder.Build();
        app.UseHangfireDashboard(
            "",
            new DashboardOptions
            {
                Authorization = Array.Empty<IDashboardAuthorizationFilter>(),
                IgnoreAntiforgeryToken = true,
            },
            storage
        );
        await app.StartAsync(Cancel);
        return app;
    }

    private static async Task PressAsync(HttpClient http, string button, string[] ids)
    {
        using var form = new FormUrlEncodedContent(ids.Select(id => KeyValuePair.Create("jobs[]", id)));
        using var answer = await http.PostAsync(button, form, Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.NoContent, $"{button}: {answer.StatusCode}");
    }

    private static async Task SeePagesAsync(HttpClient http, string[] ids)
    {
        string[] pages =
        [
            "",
            "jobs/enqueued",
            "jobs/enqueued/nobody",
            "jobs/enqueued/fetched/default",
            "jobs/processing",
            "jobs/scheduled",
            "jobs/succeeded",
            "jobs/failed",
            "jobs/deleted",
            "jobs/awaiting",
            "recurring",
            "servers",
            "retries",
            .. ids.Select(id => $"jobs/details/{id}"),
        ];
        foreach (var page in pages)
        {
            using var answer = await http.GetAsync(page, Cancel);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{page}: {answer.StatusCode}");
        }

        using var form = new FormUrlEncodedContent([KeyValuePair.Create("metrics[]", "enqueued:count")]);
        using var stats = await http.PostAsync("stats", form, Cancel);
        Assert.Equal(HttpStatusCode.OK, stats.StatusCode);
    }
}
