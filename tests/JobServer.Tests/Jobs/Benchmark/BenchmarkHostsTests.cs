using JobServer.Jobs.Benchmark;
using JobServer.Tests.Jobs.Benchmark.Submitted;

namespace JobServer.Tests.Jobs.Benchmark;

public sealed class BenchmarkHostsTests
{
    [Theory]
    [InlineData("api.example", "https://api.example/x", true)]
    [InlineData("api.example", "http://api.example:8080/x", true)]
    [InlineData("API.example", "http://api.EXAMPLE/", true)]
    [InlineData("api.example:8080", "http://api.example:8080/x", true)]
    [InlineData("api.example:8080", "http://api.example/x", false)]
    [InlineData("api.example:80", "http://api.example/x", true)]
    [InlineData("api.example:80", "https://api.example/x", false)]
    [InlineData("api.example", "http://sub.api.example/", false)]
    [InlineData("api.example", "http://api.example.evil/", false)]
    [InlineData("api.example", "http://evil/?api.example", false)]
    [InlineData("10.1.0.7", "http://10.1.0.7/", true)]
    [InlineData("[::1]:80", "http://[::1]/", true)]
    [InlineData("bücher.example", "http://xn--bcher-kva.example/", true)]
    public void Entries_are_hosts_or_hosts_with_ports(string entry, string url, bool isAllowed)
    {
        var hosts = SubmittedBenchmark.Hosts(new BenchmarkOptions { AllowedHosts = [entry] });

        Assert.Equal(isAllowed, hosts.Refusal(new Uri(url)) is null);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080", "http://127.0.0.1:5080/v1/sample?delay=00:00:01", true)]
    [InlineData("http://127.0.0.1:5080", "http://localhost:5080/v1/sample", true)]
    [InlineData("http://0.0.0.0:5080", "http://127.0.0.1:5080/v1/sample", true)]
    [InlineData("http://[::]:5080", "http://[::1]:5080/v1/sample", true)]
    [InlineData("http://127.0.0.1:5080", "http://127.0.0.1:5080/v1/jobs", false)]
    [InlineData("http://127.0.0.1:5080", "http://127.0.0.1:5080/v1/sample/../jobs", false)]
    [InlineData("http://127.0.0.1:5080", "http://127.0.0.1:5081/v1/sample", false)]
    [InlineData("http://127.0.0.1:5080", "https://127.0.0.1:5080/v1/sample", false)]
    [InlineData("http://127.0.0.1:5080", "http://other.example:5080/v1/sample", false)]
    public void Own_sample_page_needs_no_entry(string address, string url, bool isAllowed)
    {
        var hosts = SubmittedBenchmark.Hosts(new BenchmarkOptions(), address);

        Assert.Equal(isAllowed, hosts.Refusal(new Uri(url)) is null);
    }

    [Theory]
    [InlineData("api.example", true)]
    [InlineData("api.example:8080", true)]
    [InlineData("[::1]:8080", true)]
    [InlineData("", false)]
    [InlineData("http://api.example", false)]
    [InlineData("api.example/", false)]
    [InlineData("api.example/path", false)]
    [InlineData("user@api.example", false)]
    [InlineData("api.example:99999", false)]
    [InlineData("*.example", false)]
    public void Entries_that_are_no_host_are_refused_at_the_start(string entry, bool isEntry)
    {
        var result = new BenchmarkOptionsValidator().Validate(null, new BenchmarkOptions { AllowedHosts = [entry] });

        Assert.Equal(isEntry, result.Succeeded);
        Assert.Equal(isEntry, BenchmarkHosts.IsEntry(entry));
    }
}
