using System.Net.Sockets;
using System.Security.Authentication;
using JobServer.Outbound;
using Polly.Timeout;

namespace JobServer.Tests.Outbound;

public sealed class OutboundFaultsTests
{
    private const string Secret = "text of a peer or of the inside";

    public static TheoryData<string, Exception, bool, bool> Faults =>
        new()
        {
            { "address_refused", Wrapped(new AddressRefusedException("h")), false, false },
            { "too_many_redirects", new TooManyRedirectsException(5), false, false },
            { "body_too_large", new BodyTooLargeException(10), false, false },
            { "timeout", new OperationCanceledException(), true, true },
            { "timeout", new TimeoutRejectedException(Secret), true, true },
            { "connect_failed", new TaskCanceledException(Secret, new TimeoutException()), true, true },
            { "connect_failed", Wrapped(new SocketException((int)SocketError.ConnectionRefused)), true, true },
            { "connect_failed", Wrapped(new SocketException((int)SocketError.NetworkUnreachable)), true, true },
            { "connect_failed", Wrapped(new SocketException((int)SocketError.TimedOut)), true, true },
            { "connect_failed", new HttpRequestException(HttpRequestError.ConnectionError, Secret), true, true },
            { "dns_failed", new HttpRequestException(HttpRequestError.NameResolutionError, Secret), true, true },
            {
                "dns_failed",
                Wrapped(new HttpRequestException(HttpRequestError.NameResolutionError, Secret)),
                true,
                true
            },
            { "dns_failed", Wrapped(new SocketException((int)SocketError.TryAgain)), true, true },
            { "tls_failed", Tls(new AuthenticationException("The remote certificate is invalid")), false, true },
            { "tls_failed", Tls(new AuthenticationException(Secret)), true, true },
            { "tls_failed", Tls(new IOException(Secret)), true, true },
            { "connection_lost", new HttpRequestException(Secret, new IOException(Secret)), true, true },
            { "connection_lost", new HttpIOException(HttpRequestError.ResponseEnded), true, true },
            { "connection_lost", new IOException(Secret, new SocketException()), true, true },
            { "invalid_response", new HttpRequestException(HttpRequestError.InvalidResponse, Secret), false, true },
            { "invalid_response", new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded), false, true },
            { "invalid_response", new HttpIOException(HttpRequestError.InvalidResponse, Secret), false, true },
            { "invalid_response", new InvalidDataException(Secret), false, true },
        };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void Exception_has_a_code_and_a_detail_of_our_own_words(
        string code,
        Exception exception,
        bool isTransient,
        bool countsAgainstHost
    )
    {
        var fault = OutboundFaults.Of(exception);

        Assert.NotNull(fault);
        Assert.Equal(code, fault.Code);
        Assert.Equal(isTransient, fault.IsTransient);
        Assert.Equal(countsAgainstHost, fault.CountsAgainstHost);
        Assert.DoesNotContain(Secret, fault.Detail, StringComparison.Ordinal);
        Assert.EndsWith(".", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Mistake_of_ours_has_no_code()
    {
        Assert.Null(OutboundFaults.Code(new InvalidOperationException()));
    }

    private static HttpRequestException Wrapped(Exception inner) =>
        new(HttpRequestError.ConnectionError, Secret, inner);

    private static HttpRequestException Tls(Exception inner) =>
        new(HttpRequestError.SecureConnectionError, Secret, inner);
}
