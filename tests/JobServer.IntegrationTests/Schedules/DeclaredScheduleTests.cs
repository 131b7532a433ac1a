using System.Net;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Schedules;

public sealed class DeclaredScheduleTests(TestCluster cluster)
{
    private static readonly Dictionary<string, string> Nightly = new()
    {
        ["Queues__fetch__Workers"] = "0",
        ["Schedules__nightly__cron"] = "0 2 * * *",
        ["Schedules__nightly__TIMEZONE"] = "Europe/Berlin",
        ["Schedules__nightly__kind"] = "fetch",
        ["Schedules__nightly__args__urls__0"] = "http://127.0.0.1:9/0",
        ["Schedules__nightly__args__urls__1__url"] = "http://127.0.0.1:9/1",
        ["Schedules__nightly__args__urls__1__key"] = "\"17\"",
        ["Schedules__nightly__args__options__concurrency"] = "2",
        ["Schedules__nightly__misfireLimit"] = "7",
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_there_from_the_start_cannot_be_changed_over_HTTP_and_goes_with_its_declaration()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using (var host = await HostProcess.StartAsync(database.ConnectionString, Nightly, Cancel))
        {
            var schedules = new ScheduleClient(host.Http, database);
            var declared = await schedules.ReadAsync("nightly");
            Assert.True(declared.GetProperty("declared").GetBoolean());
            Assert.Equal(7, declared.GetProperty("misfireLimit").GetInt32());
            Assert.Equal("Europe/Berlin", declared.GetProperty("timeZone").GetString());
            Assert.Equal(
                """{"options":{"concurrency":2},"urls":["http://127.0.0.1:9/0",{"key":"17","url":"http://127.0.0.1:9/1"}]}""",
                declared.GetProperty("args").GetRawText()
            );
            var other = new
            {
                cron = "@daily",
                kind = "fetch",
                args = declared.GetProperty("args"),
            };
            using var put = await schedules.PutAsync("nightly", other);
            var problem = await put.ReadProblemAsync(HttpStatusCode.Conflict, "schedule-declared", Cancel);
            Assert.Contains("Schedules:nightly", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            using var delete = await host.Http.DeleteAsync("/v1/schedules/nightly", Cancel);
            await delete.ReadProblemAsync(HttpStatusCode.Conflict, "schedule-declared", Cancel);
            using var triggered = await schedules.PostAsync("nightly", "trigger");
            Assert.Equal(HttpStatusCode.Accepted, triggered.StatusCode);
            using var paused = await schedules.PostAsync("nightly", "pause");
            Assert.Equal(HttpStatusCode.OK, paused.StatusCode);
            await schedules.MakeAsync("by-hand", other);
            await host.StopAsync(Cancel);
        }

        // Another declaration does not resume it, unless it says so.
        var hourly = new Dictionary<string, string>(Nightly) { ["Schedules__nightly__cron"] = "@hourly" };
        await AssertPausedAsync(database, hourly, "@hourly", paused: true);
        hourly["Schedules__nightly__paused"] = "false";
        await AssertPausedAsync(database, hourly, "@hourly", paused: false);

        await using var without = await HostProcess.StartAsync(
            database.ConnectionString,
            HostProcess.NoWorkers,
            Cancel
        );
        using var gone = await without.Http.GetAsync("/v1/schedules/nightly", Cancel);
        await gone.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-schedule", Cancel);
        using var left = await without.Http.GetAsync("/v1/schedules/by-hand", Cancel);
        Assert.Equal(HttpStatusCode.OK, left.StatusCode);
        Assert.Equal(1, await database.QueryAsync<long>("select count(*) from jobserver.jobs", Cancel));
    }

    [Fact]
    public async Task One_that_is_wrong_stops_the_start_with_sentences_that_name_the_settings()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        var settings = new Dictionary<string, string>(Nightly)
        {
            ["Schedules__nightly__cron"] = "0 25 * * *",
            ["Schedules__nightly__args__urls__0"] = "ftp://127.0.0.1/",
            ["Schedules__nightly__colour"] = "red",
            ["Schedules__Other__cron"] = "@daily",
        };

        await using var host = HostProcess.Launch(database.ConnectionString, settings);

        Assert.Equal(2, await host.WaitForExitAsync(Cancel));
        // What was written last is read after the end.
        await Until.TrueAsync(() => host.Log.Contains("Schedules:nightly:colour", StringComparison.Ordinal), Cancel);
        Assert.Contains("Schedules:nightly:cron is not a cron expression", host.Log, StringComparison.Ordinal);
        Assert.Contains("Schedules:nightly:args:urls:0 ", host.Log, StringComparison.Ordinal);
        Assert.Contains("Schedules:Other: the id must", host.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Log, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("select count(*) from jobserver.schedules", Cancel));
    }

    private static async Task AssertPausedAsync(
        TestDatabase database,
        Dictionary<string, string> settings,
        string cron,
        bool paused
    )
    {
        await using var host = await HostProcess.StartAsync(database.ConnectionString, settings, Cancel);
        var declared = await new ScheduleClient(host.Http, database).ReadAsync("nightly");
        Assert.Equal(cron, declared.GetProperty("cron").GetString());
        Assert.Equal(paused, declared.GetProperty("paused").GetBoolean());
        await host.StopAsync(Cancel);
    }
}
