using System.Runtime.InteropServices;
using System.Text.Json;
using JobServer.Benchmarks;
using JobServer.Benchmarks.Benchmark;
using JobServer.Benchmarks.Enrichment;
using JobServer.Benchmarks.Events;
using JobServer.Benchmarks.Fetch;
using JobServer.Benchmarks.Loop;
using JobServer.Benchmarks.Queue;
using JobServer.Benchmarks.Targets;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, StopGently);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, StopGently);

try
{
    return args switch
    {
        ["fetch", .. var rest] => await FetchBench.RunAsync(rest, stop.Token),
        ["enrichment", .. var rest] => await EnrichmentBench.RunAsync(rest, stop.Token),
        ["benchmark", .. var rest] => await BenchmarkBench.RunAsync(rest, stop.Token),
        ["events", .. var rest] => await EventsBench.RunAsync(rest, stop.Token),
        ["queue", .. var rest] => await QueueBench.RunAsync(rest, stop.Token),
        ["all", .. var rest] => await AllBench.RunAsync(rest, stop.Token),
        ["csv", .. var rest] => await CsvVerb.RunAsync(rest, stop.Token),
        [LoopChild.Verb, var manifest, var concurrency] => await LoopChild.RunAsync(manifest, concurrency, stop.Token),
        [QueueChild.Verb, var name, var connection] => await QueueChild.RunAsync(name, connection, stop.Token),
        [KestrelTarget.Verb, var folder, var delay] => await KestrelTarget.ServeAsync(folder, delay, stop.Token),
        ["help"] => Usage(Console.Out, ExitCodes.Correct),
        _ => Usage(Console.Error, ExitCodes.Missing),
    };
}
catch (IncorrectException incorrect)
{
    await Console.Error.WriteLineAsync($"incorrect: {incorrect.Message}");
    return ExitCodes.Incorrect;
}
catch (MissingException missing)
{
    await Console.Error.WriteLineAsync($"missing: {missing.Message}");
    return ExitCodes.Missing;
}
catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException or KeyNotFoundException)
{
    await Console.Error.WriteLineAsync($"incorrect: the run broke off: {fault.Message}");
    return ExitCodes.Incorrect;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync(
        stop.IsCancellationRequested ? "interrupted" : "incorrect: a step took longer than its limit"
    );
    return ExitCodes.Incorrect;
}

void StopGently(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

static int Usage(TextWriter output, int exitCode)
{
    foreach (
        var usage in new[]
        {
            FetchBench.Usage,
            EnrichmentBench.Usage,
            BenchmarkBench.Usage,
            EventsBench.Usage,
            QueueBench.Usage,
            AllBench.Usage,
            CsvVerb.Usage,
        }
    )
    {
        output.WriteLine(usage);
    }

    output.WriteLine("Exit codes: 0 ran and correct, 1 an incorrect result, 2 something is missing.");
    return exitCode;
}
