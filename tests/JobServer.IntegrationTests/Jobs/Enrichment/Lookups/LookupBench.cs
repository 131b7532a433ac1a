using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Outbound;
using JobServer.Jobs;
using JobServer.Jobs.Calls;
using JobServer.Jobs.Enrichment.Lookups;
using JobServer.Jobs.Enrichment.Steps;
using JobServer.Ledger;
using JobServer.Outbound;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JobServer.IntegrationTests.Jobs.Enrichment.Lookups;

/// <summary>A class fixture: a database, a peer, and lookups of any number of jobs on them, as lanes would run them.</summary>
public sealed class LookupBench(TestCluster cluster) : IAsyncLifetime
{
    private int _lanes;
    private readonly OutboundFixture _outbound = new("127.0.0.0/8");

    public TestDatabase Database { get; private set; } = null!;

    public Peer Peer { get; private set; } = null!;

    internal NpgsqlDataSource Source { get; private set; } = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Database = await cluster.CreateDatabaseAsync(CancellationToken.None);
        Source = NpgsqlDataSource.Create(Database.ConnectionString);
        Peer = await Peer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Peer.DisposeAsync();
        await Database.DisposeAsync();
        _outbound.Dispose();
    }

    internal async Task<Job> AcceptAsync()
    {
        var job = new JobKey(JobKey.DefaultTenant, Guid.CreateVersion7());
        var accepted = await new AcceptStore(Source).InsertAsync(
            new Accepted(
                new NewJob(
                    job,
                    "enrichment",
                    "enrichment",
                    "{}"u8.ToArray(),
                    [],
                    1,
                    1,
                    true,
                    1,
                    100,
                    null,
                    null,
                    null,
                    new Actor("test")
                ),
                [1],
                []
            ),
            Cancel
        );
        return accepted!;
    }

    /// <summary>One lane's run of its own, with the whole of the job's limits.</summary>
    internal ILookups Lookups(Job job, CallSettings? settings = null, TimeProvider? time = null)
    {
        // Breakers of its own: what one test fails is no matter of another.
        var breakers = new HostBreakers(Options.Create(new OutboundOptions()), TimeProvider.System);
        var calls = new CallLane(
            settings ?? Quick,
            lane: 0,
            lanes: 1,
            new CallServices(_outbound.Client, breakers, TimeProvider.System)
        );
        var patience = new DatabasePatience(TimeProvider.System, NullLogger<DatabasePatience>.Instance);
        var services = new LookupServices(new LookupStore(Source), patience, time ?? TimeProvider.System);
        var claimant = LookupClaimant.Of(new LaneKey(job.Key, Interlocked.Increment(ref _lanes)), epoch: 1);
        return new LaneLookups(job, claimant, calls, services);
    }

    /// <summary>Three attempts, without much of a wait.</summary>
    internal static CallSettings Quick { get; } =
        new()
        {
            Retry = new RetrySettings { BaseDelay = TimeSpan.FromMilliseconds(10), MaxDelay = TimeSpan.FromSeconds(2) },
        };

    /// <summary>A step that takes the whole body, which is answered for this job alone.</summary>
    internal static LookupStep Step(
        TimeSpan cacheFor = default,
        (string Name, string Value)[]? headers = null,
        (string Column, string Path)[]? select = null,
        string? into = "found"
    )
    {
        Assert.True(UrlTemplate.TryParse("http://127.0.0.1/{n}", out var url, out _));
        return new LookupStep(
            url,
            [.. (select ?? []).Select(member => KeyValuePair.Create(member.Column, Path(member.Path)))],
            into,
            [.. (headers ?? []).Select(header => KeyValuePair.Create(header.Name, header.Value))],
            NullOnError: false,
            cacheFor
        );

        static JsonPath Path(string text)
        {
            Assert.True(JsonPath.TryParse(text, out var path, out _));
            return path;
        }
    }
}
