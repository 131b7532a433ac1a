using System.Text.Json;
using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Report;
using JobServer.Ledger;

namespace JobServer.Tests.Jobs.Benchmark.Report;

public sealed class RecordedRoundTests
{
    private static readonly PlannedItem[] Plan = PlannedItem.Parse(
        """[{"block":3,"strategy":"io-async"},{"threshold":0}]"""u8.ToArray()
    );

    [Fact]
    public void A_round_is_read_from_the_value_of_its_item()
    {
        var round = Bench.Round("io-async", 3, 200, 0.1, 0.2) with { Busy = ["fetch"] };

        var recorded = RecordedRound.Of(
            Plan[0],
            Item(7, JsonSerializer.SerializeToUtf8Bytes(round, JsonSerializerOptions.Web))
        )!;

        Assert.Equal((7, 3, "io-async"), (recorded.Seq, recorded.Block, recorded.Strategy));
        Assert.Equal(
            JsonSerializer.Serialize(round, JsonSerializerOptions.Web),
            JsonSerializer.Serialize(recorded.Round, JsonSerializerOptions.Web)
        );
        Assert.Equal(200, recorded.Round!.Throughput);
        Assert.Null(recorded.ErrorCode);
    }

    [Fact]
    public void A_failed_round_has_its_error()
    {
        var recorded = RecordedRound.Of(Plan[0], Item(7, null) with { ErrorCode = "timeout", ErrorDetail = "Late." })!;

        Assert.Equal((null, "timeout", "Late."), (recorded.Round, recorded.ErrorCode, recorded.ErrorDetail));
    }

    [Fact]
    public void A_threshold_is_no_round() => Assert.Null(RecordedRound.Of(Plan[1], Item(1, null)));

    private static RecordedItem Item(int seq, byte[]? value) => new(seq, value, null, null, null, 1, 1);
}
