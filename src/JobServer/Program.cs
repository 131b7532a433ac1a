using JobServer.Access;
using JobServer.Files;
using JobServer.Hosting;
using JobServer.Hosting.Dashboard;
using JobServer.Jobs;
using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Calls;
using JobServer.Jobs.Enrichment;
using JobServer.Jobs.Fetch;
using JobServer.Outbound;
using JobServer.Queues;
using JobServer.Retention;
using JobServer.Schedules;

return await Verbs.RunAsync(args, Compose);

static WebApplication Compose(WebApplicationBuilder builder, Database database)
{
    builder.Services.AddLedger(database);
    builder.Services.AddAccess();
    builder.Services.AddOutbound(builder.Configuration);
    builder.Services.AddJobs();
    builder.Services.AddCalls();
    builder.Services.AddFetchJobs();
    builder.Services.AddEnrichmentJobs();
    builder.Services.AddBenchmarkJobs(builder.Configuration);
    builder.Services.AddFiles();
    builder.Services.AddRetention();
    builder.Services.AddSchedules();
    builder.AddHangfireOnLedger(database);
    builder.AddQueue(QueueOptions.System, workers: 2);
    builder.AddQueue("fetch");
    builder.AddQueue("enrichment");
    // Two benchmarks at once would measure each other.
    builder.AddQueue("benchmark", workers: 1);
    builder.Services.AddDashboard();
    builder.Services.AddProblems();
    builder.Services.AddApiDescription();
    builder.AddProxies();
    builder.AddHostDefaults();

    var app = builder.Build();
    app.UseProblems();
    app.UseProxies();
    app.UseResponseHeaders();
    app.UseRouting();
    app.UseDatabaseWatch();
    app.UseSameSite();
    app.UseAccess();
    app.UseDashboardAudit();
    var jobs = app.MapJobs();
    jobs.MapHold();
    jobs.MapFetchJobs();
    jobs.MapEnrichmentJobs();
    jobs.MapBenchmarkJobs();
    app.MapSample();
    app.MapFiles();
    app.MapSchedules();
    app.MapQueues();
    app.MapHosts();
    app.MapAccess();
    app.MapHealth();
    app.MapApiDescription();
    app.MapDashboard();
    return app;
}
