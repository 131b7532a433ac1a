using System.Text;
using JobServer.Outbound;
using Microsoft.Extensions.Options;

namespace JobServer.IntegrationTests.Outbound;

/// <summary>A client as the server makes it, with its own connections.</summary>
internal sealed class OutboundFixture : IDisposable
{
    private readonly HostResolver _resolver;

    public OutboundFixture(params string[] allowedNetworks)
        : this(new OutboundOptions { AllowedNetworks = allowedNetworks }) { }

    public OutboundFixture(OutboundOptions options, HostResolver? resolver = null)
    {
        _resolver = resolver ?? new HostResolver();
        var wrapped = Options.Create(options);
        var connector = new OutboundConnector(new AddressGuard(wrapped), _resolver, wrapped, TimeProvider.System);
        Client = new OutboundClient(wrapped, connector, TimeProvider.System);
    }

    public OutboundClient Client { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public Task<OutboundResponse> GetAsync(Uri url, params (string Name, string Value)[] headers) =>
        Client.GetAsync(
            new OutboundRequest(url, [.. headers.Select(h => KeyValuePair.Create(h.Name, h.Value))]),
            Cancel
        );

    public async Task<string> ReadAsync(Uri url, long maxBytes = 1024 * 1024)
    {
        using var response = await GetAsync(url);
        using var body = await response.ReadBodyAsync(maxBytes, Cancel);
        return Encoding.UTF8.GetString(body.Span);
    }

    /// <summary>The fault of a call that must fail.</summary>
    public async Task<OutboundFault> FailAsync(Uri url, long maxBytes = 1024 * 1024)
    {
        var exception = await Record.ExceptionAsync(() => ReadAsync(url, maxBytes));
        Assert.NotNull(exception);
        var fault = OutboundFaults.Of(exception);
        Assert.NotNull(fault);
        return fault;
    }

    /// <summary>The body by a call that blocks a thread of its own.</summary>
    public Task<string> ReadBlockingAsync(Uri url, long maxBytes = 1024 * 1024, CancellationToken? limit = null) =>
        Task.Factory.StartNew(
            () =>
            {
                using var response = Client.Get(new OutboundRequest(url), limit ?? Cancel);
                using var body = response.ReadBody(maxBytes, limit ?? Cancel);
                return Encoding.UTF8.GetString(body.Span);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    /// <summary>The fault of a blocking call that must fail.</summary>
    public async Task<OutboundFault> FailBlockingAsync(
        Uri url,
        long maxBytes = 1024 * 1024,
        CancellationToken? limit = null
    )
    {
        var exception = await Record.ExceptionAsync(() => ReadBlockingAsync(url, maxBytes, limit));
        Assert.NotNull(exception);
        var fault = OutboundFaults.Of(exception);
        Assert.NotNull(fault);
        return fault;
    }

    public void Dispose()
    {
        Client.Dispose();
        _resolver.Dispose();
    }
}
