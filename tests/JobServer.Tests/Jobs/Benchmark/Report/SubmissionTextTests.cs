using System.Text.Json;
using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Report;

namespace JobServer.Tests.Jobs.Benchmark.Report;

public sealed class SubmissionTextTests
{
    [Fact]
    public void Everything_that_was_asked_for_is_there()
    {
        var settings = Bench.Settings("io-sequential", "cpu-sequential", "delay-async") with
        {
            Strategies =
            [
                new("io-sequential", "io-sequential", 1),
                new("fifty", "io-async", 50),
                new("one", "io-async", 1),
                new("other", "io-sequential", 1),
                new("cpu-sequential", "cpu-sequential", 1),
                new("delay-async", "delay-async", 20),
            ],
            Urls = ["http://a/", "http://b/?x=\u00e4"],
            Load = new LoadSettings
            {
                Model = LoadModel.Open,
                Rate = 12.5,
                Duration = TimeSpan.FromSeconds(2),
                MaxRequests = 25,
            },
            Check = AnswerCheck.Status,
            TolerancePercent = 2.5,
            Seed = 42,
            Thresholds =
            [
                new("p95", "fifty", null, 0.2),
                new("ratio", "fifty", 2, 30.5),
                new("wall", "cpu-sequential", 0.001, null),
            ],
        };

        var text = SubmissionText.Of(settings, ["a", "b"]);

        AssertJson(
            """
            {
              "strategies": [
                "io-sequential",
                {"strategy": "io-async", "name": "fifty", "concurrency": 50},
                {"strategy": "io-async", "name": "one", "concurrency": 1},
                {"strategy": "io-sequential", "name": "other"},
                "cpu-sequential",
                {"strategy": "delay-async", "name": "delay-async", "concurrency": 20}
              ],
              "urls": ["http://a/", "http://b/?x=\u00e4"],
              "load": {"model": "open", "rate": 12.5, "duration": "00:00:02"},
              "check": "status",
              "numbers": 10000,
              "delays": 20,
              "delay": "00:00:00.0100000",
              "rounds": 8,
              "warmup": 3,
              "baselines": {"io": "io-sequential", "cpu": "cpu-sequential", "delay": "delay-async"},
              "tolerancePercent": 2.5,
              "seed": 42,
              "thresholds": [
                {"metric": "p95", "strategy": "fifty", "max": "00:00:00.2000000"},
                {"metric": "ratio", "strategy": "fifty", "min": 2, "max": 30.5},
                {"metric": "wall", "strategy": "cpu-sequential", "min": "00:00:00.0010000"}
              ],
              "options": {"itemTimeout": "00:00:10", "maxBodyBytes": 1048576, "jobTimeout": "01:00:00"},
              "tags": ["a", "b"]
            }
            """,
            text
        );
    }

    [Fact]
    public void What_its_strategies_have_no_use_for_is_not()
    {
        var settings = Bench.Settings("cpu-threads");

        AssertJson(
            """
            {
              "strategies": [{"strategy": "cpu-threads", "name": "cpu-threads", "concurrency": 10}],
              "numbers": 10000,
              "rounds": 8,
              "warmup": 3,
              "baselines": {"cpu": "cpu-threads"},
              "tolerancePercent": 5,
              "seed": 1,
              "options": {"jobTimeout": "01:00:00"}
            }
            """,
            SubmissionText.Of(settings, [])
        );
    }

    [Fact]
    public void A_closed_load_says_its_requests()
    {
        var text = SubmissionText.Of(Bench.Settings("io-async"), []);

        AssertJson("""{"model": "closed", "requests": 100}""", text.GetProperty("load"));
        Assert.Equal("body", text.GetProperty("check").GetString());
    }

    private static void AssertJson(string expected, JsonElement actual)
    {
        using var document = JsonDocument.Parse(expected);
        Assert.Equal(
            JsonSerializer.Serialize(document.RootElement, JsonSerializerOptions.Default),
            JsonSerializer.Serialize(actual, JsonSerializerOptions.Default)
        );
    }
}
