using JobServer.Hosting;
using JobServer.Hosting.Dashboard;
using JobServer.Jobs;
using JobServer.Jobs.Fetch;
using JobServer.Outbound;
using JobServer.Queues;

return await Verbs.RunAsync(args, ServeAsync);

static async Task ServeAsync(WebApplicationBuilder builder, Database database, CancellationToken stop)
{
    builder.Services.AddLedger(database.ConnectionString);
    builder.Services.AddOutbound(builder.Configuration);
    builder.Services.AddJobs();
    builder.Services.AddFetchJobs();
    builder.AddHangfireOnLedger();
    builder.AddHangfireServers(["fetch"]);
    builder.Services.AddDashboard();
    builder.Services.AddProblems();
    builder.Services.AddApiDescription();
    builder.AddHostDefaults();

    await using var app = builder.Build();
    app.UseProblems();
    app.UseSameSite();
    var jobs = app.MapJobs();
    jobs.MapFetchJobs();
    app.MapQueues();
    app.MapHosts();
    app.MapHealth();
    app.MapApiDescription();
    app.MapDashboard();
    app.AnnounceAddress(database);
    await app.RunAsync(stop);
}
