using Microsoft.Extensions.Options;

namespace JobServer.Jobs.Benchmark;

/// <summary>The rule that attributes cannot state: each allowed host is one.</summary>
internal sealed class BenchmarkOptionsValidator : IValidateOptions<BenchmarkOptions>
{
    public ValidateOptionsResult Validate(string? name, BenchmarkOptions options)
    {
        string[] faults =
        [
            .. options
                .AllowedHosts.Index()
                .Where(host => !BenchmarkHosts.IsEntry(host.Item))
                .Select(host =>
                    $"{BenchmarkOptions.Section}:{nameof(BenchmarkOptions.AllowedHosts)}:{host.Index}: '{host.Item}' is "
                    + "neither a host nor host:port, such as api.example.org or 10.1.0.7:8080."
                ),
        ];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
