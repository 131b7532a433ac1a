using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace JobServer.Outbound;

/// <summary>
/// Says what an exception of <see cref="OutboundClient"/>, <see cref="OutboundResponse"/> or a breaker means.
/// </summary>
internal static class OutboundFaults
{
    private static readonly OutboundFault TimedOut = Transient("timeout", "There was no complete answer in time.");
    private static readonly OutboundFault ConnectTimedOut = Transient(
        "connect_failed",
        "The host did not accept a connection in time."
    );
    private static readonly OutboundFault ConnectRefused = Transient("connect_failed", "The connection was refused.");
    private static readonly OutboundFault ConnectFailed = Transient("connect_failed", "The host cannot be reached.");
    private static readonly OutboundFault DnsFailed = Transient("dns_failed", "The host name does not resolve.");
    private static readonly OutboundFault TlsFailed = Transient("tls_failed", "The TLS handshake failed.");
    private static readonly OutboundFault CertificateInvalid = Permanent(
        "tls_failed",
        "The certificate of the host is not valid for it."
    );
    private static readonly OutboundFault ConnectionLost = Transient(
        "connection_lost",
        "The connection ended before the answer did."
    );
    private static readonly OutboundFault InvalidResponse = Permanent(
        "invalid_response",
        "The answer is not valid HTTP, or its body does not decompress."
    );
    private static readonly OutboundFault HeadersTooLarge = Permanent(
        "invalid_response",
        $"The headers of the answer exceed {OutboundOptions.Section}:{nameof(OutboundOptions.MaxResponseHeadersKilobytes)}."
    );
    private static readonly OutboundFault CircuitOpen = new(
        "circuit_open",
        "Too many calls to the host failed; it is left alone for a while.",
        IsTransient: true,
        CountsAgainstHost: false
    );

    /// <summary>The error code alone; null when the exception is no fault of a call but a mistake of ours.</summary>
    public static string? Code(Exception exception) => Of(exception)?.Code;

    /// <summary>The fault, or null when the exception is no fault of a call but a mistake of ours.</summary>
    /// <remarks>
    /// A cancellation is taken for a time-out. A caller whose stop token was cancelled must look at that first.
    /// </remarks>
    public static OutboundFault? Of(Exception exception) =>
        exception switch
        {
            AddressRefusedException => Answer("address_refused", exception.Message),
            TooManyRedirectsException => Answer("too_many_redirects", exception.Message),
            BodyTooLargeException => Answer("body_too_large", exception.Message),
            BrokenCircuitException => CircuitOpen,
            TimeoutRejectedException => TimedOut,
            // How SocketsHttpHandler reports its own ConnectTimeout, the limit of the TLS handshake.
            OperationCanceledException { InnerException: TimeoutException } => ConnectTimedOut,
            OperationCanceledException => TimedOut,
            HttpRequestException e => OfRequest(e),
            HttpIOException e => OfError(e.HttpRequestError) ?? ConnectionLost,
            AuthenticationException e => OfHandshake(e),
            SocketException e => OfConnect(e),
            IOException => ConnectionLost,
            InvalidDataException => InvalidResponse,
            _ => null,
        };

    /// <summary>The fault of an answer whose status is no success.</summary>
    /// <param name="callee">Begins the sentence: what answered.</param>
    public static OutboundFault Of(HttpStatusCode status, string callee = "The host") =>
        new(
            $"http_{(int)status}",
            $"{callee} answered {(int)status} {ReasonPhrases.GetReasonPhrase((int)status)}".TrimEnd() + ".",
            StatusRules.IsTransient(status),
            StatusRules.CountsAgainstHost(status)
        );

    private static OutboundFault OfRequest(HttpRequestException exception)
    {
        // A certificate says more than that the handshake failed; an inner connect error more than that there was none.
        if (exception.InnerException is AuthenticationException handshake)
            return OfHandshake(handshake);

        return OfError(exception.HttpRequestError)
            ?? (exception.InnerException is { } inner ? Of(inner) : null)
            ?? (exception.HttpRequestError == HttpRequestError.ConnectionError ? ConnectFailed : ConnectionLost);
    }

    private static OutboundFault? OfError(HttpRequestError error) =>
        error switch
        {
            HttpRequestError.NameResolutionError => DnsFailed,
            HttpRequestError.SecureConnectionError => TlsFailed,
            HttpRequestError.ResponseEnded => ConnectionLost,
            HttpRequestError.ConfigurationLimitExceeded => HeadersTooLarge,
            HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError => InvalidResponse,
            _ => null,
        };

    private static OutboundFault OfConnect(SocketException exception) =>
        exception.SocketErrorCode switch
        {
            SocketError.TimedOut => ConnectTimedOut,
            SocketError.ConnectionRefused => ConnectRefused,
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery =>
                DnsFailed,
            _ => ConnectFailed,
        };

    /// <summary>SslStream has one exception for both; only a rejected certificate is sure to be rejected again.</summary>
    private static OutboundFault OfHandshake(AuthenticationException exception) =>
        exception.Message.StartsWith("The remote certificate", StringComparison.Ordinal)
            ? CertificateInvalid
            : TlsFailed;

    private static OutboundFault Transient(string code, string detail) =>
        new(code, detail, IsTransient: true, CountsAgainstHost: true);

    private static OutboundFault Permanent(string code, string detail) =>
        new(code, detail, IsTransient: false, CountsAgainstHost: true);

    /// <summary>What would be the same next time, and is no sign that the host is in trouble.</summary>
    private static OutboundFault Answer(string code, string detail) =>
        new(code, detail, IsTransient: false, CountsAgainstHost: false);
}
