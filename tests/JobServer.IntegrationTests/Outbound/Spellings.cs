using System.Globalization;
using System.Net;

namespace JobServer.IntegrationTests.Outbound;

/// <summary>The ways to write an address, or a URL of it, that are known from attacks on other servers.</summary>
internal static class Spellings
{
    /// <summary>How hosts that are no public ones can be written in a URL.</summary>
    public static IEnumerable<string> Hosts =>
        Own.SelectMany(OfV4)
            .Concat(OfV4(IPAddress.Parse("169.254.169.254")).Where((_, n) => n % 7 == 0))
            .Concat(Reserved)
            .Concat(NamedLoopback)
            .Concat(OwnV6.Select(address => $"[{address}]"))
            .Distinct();

    /// <summary>URLs that try to say one host to whoever checks and another one to whoever connects.</summary>
    public static IEnumerable<string> Urls(int port) =>
        [
            $"http://example.invalid@127.0.0.1:{port}/",
            $"http://example.invalid:80@127.0.0.1:{port}/",
            $"http://127.0.0.1:{port}@127.0.0.1:{port}/",
            $"http://@127.0.0.1:{port}/",
            $"http://:@127.0.0.1:{port}/",
            $"http://a%40b@127.0.0.1:{port}/",
            $"http://127.0.0.1:{port}\\@example.invalid/",
            $"http://127.0.0.1:{port}#@example.invalid/",
            $"http://127.0.0.1:{port}?@example.invalid/",
            $"http:\\\\127.0.0.1:{port}\\",
            $"http:/\\127.0.0.1:{port}/",
            $"http:127.0.0.1:{port}/",
            $"http:/127.0.0.1:{port}/",
            $"http:///127.0.0.1:{port}/",
            $"http:////127.0.0.1:{port}/",
            $"//127.0.0.1:{port}/",
            $"\\\\127.0.0.1:{port}\\",
            $"127.0.0.1:{port}/",
            $" http://127.0.0.1:{port}/",
            $"http://127.0.0.1:{port}/ ",
            $"HTTP://127.0.0.1:{port}/",
            $"hTtP://LoCaLhOsT:{port}/",
            $"http://127.0.0.1:0{port}/",
            $"http://127.0.0.1: {port}/",
            $"http://127.0.0.1:{port}:80/",
            $"http://127.0.0.1%3a{port}/",
            $"http://[::1]:{port}@example.invalid:{port}/",
            $"http://[::1]]:{port}/",
            $"http://[[::1]]:{port}/",
            $"http://[::1:{port}/",
            $"http://\t127.0.0.1:{port}/",
            $"http://127.0.0.1\t:{port}/",
            $"http://127.0.\n0.1:{port}/",
            $"ht\ntp://127.0.0.1:{port}/",
            $"\u0001http://127.0.0.1:{port}/",
            $"http://127.0.0.1:{port}/\r\nHost: example.invalid",
            $"http://127.0.0.1\0.example.invalid:{port}/",
            $"http://127.0.0.1%00.example.invalid:{port}/",
            $"http://127.0.0.1%0d%0aX:{port}/",
            $"http://127.0.0.1%2f.example.invalid:{port}/",
            $"http://127.0.0.1 example.invalid:{port}/",
            $"https://127.0.0.1:{port}/",
            $"https://[::1]:{port}/",
            $"ftp://127.0.0.1:{port}/",
            $"file://127.0.0.1:{port}/",
            "file:///etc/passwd",
            "/etc/passwd",
            $"gopher://127.0.0.1:{port}/_GET%20/",
            $"dict://127.0.0.1:{port}/",
            $"ldap://127.0.0.1:{port}/",
            $"ws://127.0.0.1:{port}/",
            $"net.tcp://127.0.0.1:{port}/",
            $"jar:http://127.0.0.1:{port}!/",
            $"url:http://127.0.0.1:{port}/",
            $"view-source:http://127.0.0.1:{port}/",
            "data:text/plain,hello",
            "javascript:alert(1)",
        ];

    /// <summary>Addresses by which this machine reaches itself.</summary>
    public static IEnumerable<IPAddress> Own =>
        [
            IPAddress.Loopback,
            IPAddress.Parse("127.0.0.2"),
            IPAddress.Parse("127.255.255.254"),
            IPAddress.Any,
            .. Dns.GetHostAddresses(Dns.GetHostName()).Where(address => address.GetAddressBytes().Length == 4),
        ];

    private static IEnumerable<IPAddress> OwnV6 =>
        [IPAddress.IPv6Loopback, IPAddress.IPv6Any, .. Dns.GetHostAddresses(Dns.GetHostName()).Where(IsV6)];

    private static readonly string[] NamedLoopback =
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "l%6fcalhost",
        "%6c%6f%63%61%6c%68%6f%73%74",
        "ｌｏｃａｌｈｏｓｔ",
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "loc\u00adalhost",
        "loca\u200blhost",
        "[0:0:0:0:0:0:0:1]",
        "[0000:0000:0000:0000:0000:0000:0000:0001]",
        "[::0001]",
        "[0::1]",
        "[::1%251]",
        "[::1%1]",
        "[::1%25lo]",
        "[::1%lo]",
        "[fe80::1%25lo]",
    ];

    /// <summary>What is special without being loopback: nothing listens there, and nobody may find that out.</summary>
    private static readonly string[] Reserved =
    [
        "10.0.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "172.16.0.1",
        "192.0.0.192",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[fd00:ec2::254]",
        "[fec0::1]",
        "[ff02::1]",
        "[100::1]",
        "[5f00::1]",
        "[3fff::1]",
        "[2001:db8::1]",
        "[2001:20::1]",
    ];

    private static bool IsV6(IPAddress address) => address.GetAddressBytes().Length == 16;

    /// <summary>One IPv4 address in every notation, and within every IPv6 form that carries one.</summary>
    private static IEnumerable<string> OfV4(IPAddress address)
    {
        var b = address.GetAddressBytes();
        var number = ((uint)b[0] << 24) | ((uint)b[1] << 16) | ((uint)b[2] << 8) | b[3];
        var dotted = address.ToString();
        var hex = string.Create(CultureInfo.InvariantCulture, $"{number >> 16:x4}:{number & 0xffff:x4}");
        string[] plain =
        [
            dotted,
            $"{number}",
            $"0x{number:x}",
            $"0X{number:X8}",
            $"0x00000000{number:x8}",
            $"0{Octal(number)}",
            $"0000000{Octal(number)}",
            $"{b[0]}.{number & 0xffffff}",
            $"{b[0]}.{b[1]}.{number & 0xffff}",
            $"0x{b[0]:x}.0x{number & 0xffffff:x}",
            $"0{Octal(b[0])}.0{Octal(number & 0xffffff)}",
            string.Join('.', b.Select(part => $"0x{part:x}")),
            string.Join('.', b.Select(part => $"0x{part:X2}")),
            string.Join('.', b.Select(part => $"0{Octal(part)}")),
            string.Join('.', b.Select(part => $"00000{Octal(part)}")),
            $"0x{b[0]:x}.0{Octal(b[1])}.{b[2]}.0x{b[3]:x}",
            $"0{Octal(b[0])}.{b[1]}.0x{b[2]:x}.{b[3]}",
            $"{dotted}.",
            $"{number}.",
        ];
        string[] embedded =
        [
            $"::ffff:{dotted}",
            $"::FFFF:{dotted}",
            $"::ffff:{hex}",
            $"0:0:0:0:0:ffff:{hex}",
            $"0000:0000:0000:0000:0000:ffff:{dotted}",
            $"::{dotted}",
            $"::{hex}",
            $"::ffff:0:{dotted}",
            $"64:ff9b::{dotted}",
            $"64:ff9b::{hex}",
            $"64:ff9b:1::{dotted}",
            $"64:ff9b:1:{hex}::",
            $"2002:{hex}::",
            $"2002:{hex}::1",
            $"2001:0:{hex}::1",
            string.Create(CultureInfo.InvariantCulture, $"2001::{~number >> 16:x}:{~number & 0xffff:x}"),
            $"fe80::5efe:{dotted}",
            $"2600:1f18::5efe:{dotted}",
            $"2600:1f18::200:5efe:{dotted}",
        ];
        return plain
            .Concat(plain.Take(4).SelectMany(Disguised))
            .Concat(embedded.Select(text => $"[{text}]"))
            .Concat([$"[::ffff:{dotted}%251]", $"[{dotted}]", $"{dotted}:80@{dotted}"]);
    }

    private static IEnumerable<string> Disguised(string text) =>
        [
            Digits(text, '０'),
            Digits(text, "𝟎"),
            Digits(text, "𝟘"),
            Circled(text),
            text.Replace('.', '。'),
            text.Replace('.', '．'),
            text.Replace('.', '｡'),
            Digits(text, '０').Replace('.', '。'),
            string.Concat(text.Select(c => $"%{(int)c:x2}")),
            text.Replace(".", "%2e", StringComparison.Ordinal),
            text.Replace(".", "..", StringComparison.Ordinal),
            text + "\u200b",
            "\u00ad" + text,
        ];

    private static string Digits(string text, char zero) =>
        string.Concat(text.Select(c => char.IsAsciiDigit(c) ? $"{(char)(zero + c - '0')}" : $"{c}"));

    private static string Digits(string text, string zero) =>
        string.Concat(
            text.Select(c =>
                char.IsAsciiDigit(c) ? char.ConvertFromUtf32(char.ConvertToUtf32(zero, 0) + c - '0') : $"{c}"
            )
        );

    private static string Circled(string text) =>
        string.Concat(
            text.Select(c =>
                c switch
                {
                    '0' => '⓪',
                    >= '1' and <= '9' => (char)('①' + c - '1'),
                    _ => c,
                }
            )
        );

    private static string Octal(uint number) => Convert.ToString(number, 8);
}
