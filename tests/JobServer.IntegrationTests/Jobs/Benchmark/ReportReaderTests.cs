using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Report;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

/// <summary>Reports of rounds that were recorded and never run.</summary>
public sealed class ReportReaderTests(TestCluster cluster) : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private NpgsqlDataSource _source = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(Cancel);
        _source = NpgsqlDataSource.Create(_database.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>More rounds than a page of rows has, and the thresholds after them.</summary>
    [Fact]
    public async Task All_rounds_of_a_job_are_read()
    {
        var job = await RecordAsync(rounds: 600, recorded: 1202, speed: 2);

        var report = await ReportAsync(job);

        Assert.Equal(Enumerable.Range(0, 1200), report.Rounds.Select(round => round.Seq));
        var fast = report.Families[0].Strategies[1];
        Assert.Equal((600, 600, "faster"), (fast.Rounds, fast.Ratio!.Pairs, fast.Verdict));
        Assert.Equal((1202, 1202, "succeeded"), (report.Job.Recorded, report.Job.Total, report.Job.State));
        Assert.Equal([true, false], report.Thresholds.Select(threshold => threshold.Passed));
    }

    [Fact]
    public async Task Large_values_are_read_page_by_page()
    {
        var job = await RecordAsync(rounds: 6, recorded: 14, speed: 2, padding: 2 << 20);

        Assert.Equal(12, (await ReportAsync(job)).Rounds.Count);
    }

    [Fact]
    public async Task A_running_job_is_read_as_far_as_it_is_recorded_without_a_gap()
    {
        var job = await RecordAsync(rounds: 20, recorded: 17, speed: 2);
        await _database.ExecuteAsync("delete from jobserver.items where seq = 15", Cancel);

        var report = await ReportAsync(job);

        Assert.Equal((15, "running"), (report.Rounds.Count, report.Job.State));
        Assert.Equal([null, null], report.Thresholds.Select(threshold => threshold.Passed));
    }

    [Fact]
    public async Task A_failed_round_keeps_its_code()
    {
        var job = await RecordAsync(rounds: 6, recorded: 14, speed: 2, failing: 3);

        Assert.Equal("failed: timeout", (await ReportAsync(job)).Rounds[3].LeftOut);
    }

    [Fact]
    public async Task Two_jobs_are_compared()
    {
        var job = await RecordAsync(rounds: 8, recorded: 18, speed: 6);
        var other = await RecordAsync(rounds: 8, recorded: 18, speed: 2);

        var comparison = (await ReportAsync(job, other)).Comparison!;

        Assert.Equal(other.Id, comparison.With.Id);
        Assert.Equal(["no practical difference", "faster"], comparison.Strategies.Select(strategy => strategy.Verdict));
    }

    private async Task<BenchmarkReport> ReportAsync(JobKey job, JobKey? other = null)
    {
        var jobs = new JobStore(_source);
        var compared = other is { } key ? await jobs.FindAsync(key, Cancel) : null;
        var found = await jobs.FindAsync(job, Cancel);
        return (await new ReportReader(new ResultStore(_source)).ReadAsync(found!, compared, Cancel))!;
    }

    /// <summary>A job of two contenders and two thresholds, of whose items so many are recorded.</summary>
    /// <param name="speed">Of the second contender, in times of the first.</param>
    /// <param name="padding">Length of what each value has beside its round.</param>
    /// <param name="failing">An item that failed.</param>
    private async Task<JobKey> RecordAsync(int rounds, int recorded, double speed, int padding = 0, int? failing = null)
    {
        var settings = Settings(rounds);
        var total = (2 * rounds) + settings.Thresholds.Count;
        var job = new JobKey(JobKey.DefaultTenant, Guid.CreateVersion7());
        var input = JsonSerializer.SerializeToUtf8Bytes(Plan(settings), JsonSerializerOptions.Web);
        await new AcceptStore(_source).InsertAsync(
            new Accepted(
                new NewJob(
                    job,
                    "benchmark",
                    "benchmark",
                    settings.ToArgs(),
                    [],
                    Lanes: 1,
                    ChunkSize: total,
                    Batched: false,
                    total,
                    TolerateFailedPercent: 100,
                    JobTimeout: null,
                    Deadline: null,
                    RetryOf: null,
                    new Actor("test")
                ),
                [1],
                []
            ),
            Cancel
        );
        await new ChunkStore(_source).InsertAsync(job, [new NewChunk(0, 0, total, input)], Cancel);
        await new LaneStore(_source).StartAsync(job.Id, 0, 1, "here", Cancel);
        var claimed = await new ChunkStore(_source).ClaimAsync(
            new LaneKey(job, 0),
            laneEpoch: 1,
            after: -1,
            held: [],
            limit: 1,
            Cancel
        );
        var outcomes = Enumerable
            .Range(0, recorded)
            .Select(seq => Outcome(seq, claimed[0].Epoch, Value(seq, settings, speed, padding), seq == failing));
        await new ItemStore(_source).CommitAsync(job, [.. outcomes], Cancel);
        return job;
    }

    private static BenchmarkSettings Settings(int rounds) =>
        new()
        {
            Strategies = [new("slow", "cpu-sequential", 1), new("fast", "cpu-threads", 2)],
            Baselines = new Dictionary<string, string> { ["cpu"] = "slow" },
            Rounds = rounds,
            Seed = 1,
            JobTimeout = TimeSpan.FromHours(1),
            Thresholds = [new("ratio", "fast", 1.9, null), new("wall", "slow", null, 0.5)],
        };

    private static List<PlannedItem> Plan(BenchmarkSettings settings) =>
        [
            .. Enumerable
                .Range(0, settings.Rounds)
                .SelectMany(block =>
                    settings.Strategies.Select(strategy => new PlannedItem(block, strategy.Name, Threshold: null))
                ),
            .. settings.Thresholds.Select((_, index) => new PlannedItem(Block: null, Strategy: null, index)),
        ];

    private static byte[] Value(int seq, BenchmarkSettings settings, double speed, int padding)
    {
        var strategy = settings.Strategies[seq % 2];
        var round = new Round
        {
            Strategy = strategy.Name,
            Family = "cpu",
            Block = seq / 2,
            Run = "only",
            StartedAt = DateTimeOffset.UnixEpoch.AddSeconds(seq),
            Wall = seq % 2 == 0 ? 1 : 1 / speed,
            Units = 100,
            ErrorCodes = padding == 0 ? null : new Dictionary<string, long> { [new string('x', padding)] = 1 },
        };
        return JsonSerializer.SerializeToUtf8Bytes(round, JsonSerializerOptions.Web);
    }

    private static ItemOutcome Outcome(int seq, int epoch, byte[] value, bool failed) =>
        failed
            ? new ItemOutcome(0, epoch, seq, null, "timeout", "Time is up.", null, 1, 1)
            : new ItemOutcome(0, epoch, seq, value, null, null, null, 1, 1);
}
