using JobServer.Outbound;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace JobServer.Tests.Outbound;

public sealed class OutboundOptionsTests
{
    [Fact]
    public void Nothing_configured_is_valid_and_allows_no_network()
    {
        var options = Bind();

        Assert.Empty(options.AllowedNetworks);
        Assert.Matches(@"^JobServer/\d+\.\d+\.\d+$", options.UserAgent);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("example.org/8")]
    [InlineData("::ffff:10.0.0.0/104")]
    public void Invalid_network_fails_with_the_name_of_the_setting(string network)
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Bind(("Outbound:AllowedNetworks:1", network)));

        Assert.Contains($"Outbound:AllowedNetworks:0: '{network}'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_in_one_text_are_split_at_commas()
    {
        var options = Bind(("Outbound:AllowedNetworks", "127.0.0.0/8, ::1/128"));

        Assert.Equal(["127.0.0.0/8", "::1/128"], options.AllowedNetworks);
    }

    [Theory]
    [InlineData("MaxConnectionsPerHost", "0")]
    [InlineData("ConnectTimeout", "00:00:00")]
    [InlineData("ConnectionIdleTimeout", "02:00:00")]
    [InlineData("ConnectionLifetime", "00:00:00.5")]
    [InlineData("MaxRedirects", "21")]
    [InlineData("MaxResponseHeadersKilobytes", "0")]
    [InlineData("UserAgent", "")]
    [InlineData("UserAgent", "a\r\nb")]
    [InlineData("BreakerFailureRatio", "0")]
    [InlineData("BreakerMinimumCalls", "1")]
    [InlineData("BreakerWindow", "00:00:00.1")]
    [InlineData("BreakerOpenTime", "00:00:00.1")]
    [InlineData("MaxTrackedHosts", "9")]
    public void Value_out_of_range_fails_with_the_name_of_the_setting(string name, string value)
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Bind(($"Outbound:{name}", value)));

        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_registered_can_be_made()
    {
        using var services = Services();

        Assert.NotNull(services.GetRequiredService<OutboundClient>());
        Assert.NotNull(services.GetRequiredService<HostBreakers>());
    }

    private static OutboundOptions Bind(params (string Key, string Value)[] settings)
    {
        using var services = Services(settings);
        services.GetRequiredService<IStartupValidator>().Validate();
        return services.GetRequiredService<IOptions<OutboundOptions>>().Value;
    }

    private static ServiceProvider Services(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)))
            .Build();
        return new ServiceCollection()
            .AddOutbound(configuration)
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }
}
