using System.Text;

namespace JobServer.IntegrationTests.Jobs;

/// <summary>A body that must be refused, and every field the refusal must name.</summary>
public sealed record RefusedBody(byte[] Body, string[] Fields);

/// <summary>Bodies that must be refused, by what is wrong with them.</summary>
public static class RefusedBodies
{
    internal const string Urls = "\"urls\":[\"http://127.0.0.1:9/\"]";

    public static readonly IReadOnlyDictionary<string, RefusedBody> All = Documents()
        .Concat(Lists())
        .Concat(Items())
        .Concat(Texts())
        .Concat(RefusedMembers.All)
        .ToDictionary();

    private static IEnumerable<KeyValuePair<string, RefusedBody>> Documents() =>
        [
            Case("nothing", "", "$"),
            Case("blanks", " \r\n\t", "$"),
            Case("a list", "[\"http://127.0.0.1:9/\"]", "$"),
            Case("text", "\"http://127.0.0.1:9/\"", "$"),
            Case("null", "null", "$"),
            Case("a number", "5", "$"),
            Case("a form", "urls=http://127.0.0.1:9/", "$"),
            Case("cut in a list", "{\"urls\":[\"http://127.0.0.1:9/\"", "$"),
            Case("cut in a text", "{\"urls\":[\"http://127.0", "$"),
            Case("cut before its end", $"{{{Urls}", "$"),
            Case("a missing value", "{\"urls\":}", "$"),
            Case("a trailing comma", $"{{{Urls},}}", "$"),
            Case("a comment", $"{{/* all of them */{Urls}}}", "$"),
            Case("single quotes", "{'urls':[]}", "$"),
            Case("two documents", $"{{{Urls}}}{{{Urls}}}", "$"),
            Case("a bad number", $"{{{Urls},\"options\":{{\"concurrency\":01}}}}", "$"),
            Case("depth", $"{{{Urls},\"x\":{new string('[', 100)}{new string(']', 100)}}}", "x"),
            Case("depth without end", $"{{{Urls},\"x\":{new string('[', 60_000)}", "$"),
        ];

    private static IEnumerable<KeyValuePair<string, RefusedBody>> Lists() =>
        [
            Case("no list", "{}", "urls"),
            Case("an empty list", "{\"urls\":[]}", "urls"),
            Case("null for a list", "{\"urls\":null}", "urls"),
            Case("text for a list", "{\"urls\":\"http://127.0.0.1:9/\"}", "urls"),
            Case("an object for a list", "{\"urls\":{\"url\":\"http://127.0.0.1:9/\"}}", "urls"),
            Case("two lists", $"{{{Urls},{Urls}}}", "urls"),
        ];

    private static IEnumerable<KeyValuePair<string, RefusedBody>> Items() =>
        [
            Item("another scheme", "\"ftp://example.org/\""),
            Item("a script", "\"javascript:alert(1)\""),
            Item("a file", "\"file:///etc/passwd\""),
            Item("a path", "\"/etc/passwd\""),
            Item("a relative URL", "\"a/b\""),
            Item("a URL without a host", "\"http://\""),
            Item("an empty URL", "\"\""),
            Item("a URL with a password", "\"http://user:secret@example.org/\""),
            Item("a URL with a line break", "\"http://example.org/\\r\\nX: y\""),
            Item("a URL too long", $"\"http://example.org/{new string('a', 8200)}\""),
            Item("an item too long", $"{{\"url\":\"http://example.org/\",\"key\":\"{new string('k', 20_000)}\"}}"),
            Item("a number for a URL", "5"),
            Item("null for a URL", "null"),
            Item("a list for a URL", "[]"),
            Item("an object without a URL", "{\"key\":\"a\"}", "url"),
            Item("an object with a number", "{\"url\":5}", "url"),
            Item("an unknown member", "{\"url\":\"http://example.org/\",\"method\":\"POST\"}", "method"),
            Item("a URL twice", "{\"url\":\"http://example.org/\",\"url\":\"http://example.org/\"}", "url"),
            Item("a key too long", $"{{\"url\":\"http://example.org/\",\"key\":\"{new string('k', 513)}\"}}", "key"),
            Item("an empty key", "{\"url\":\"http://example.org/\",\"key\":\"\"}", "key"),
            Item("a number for a key", "{\"url\":\"http://example.org/\",\"key\":5}", "key"),
            Item("headers in a list", "{\"url\":\"http://example.org/\",\"headers\":[]}", "headers"),
            Header("Host", "\"example.com\""),
            Header("content-length", "\"5\""),
            Header("Transfer-Encoding", "\"chunked\""),
            Header("Connection", "\"close\""),
            Header("X A", "\"blank\""),
            Header("X-A", "\"a\\r\\nHost: example.com\""),
            Header("X-Break", "\"a\\nb\""),
            Header("X-Number", "5"),
            Item(
                "a header twice",
                "{\"url\":\"http://example.org/\",\"headers\":{\"X-A\":\"1\",\"x-a\":\"2\"}}",
                "headers.x-a"
            ),
        ];

    private static IEnumerable<KeyValuePair<string, RefusedBody>> Texts() =>
        [
            Item("U+0000 in a URL", "\"http://example.org/\\u0000\""),
            Item("U+0000 in a key", "{\"url\":\"http://example.org/\",\"key\":\"\\u0000\"}", "key"),
            Case("U+0000 in a tag", $"{{{Urls},\"tags\":[\"a\\u0000\"]}}", "tags[0]"),
            Case("a raw NUL", "{\"urls\":[\"http://example.org/\0\"]}", "$"),
            Item("half a character", "\"http://example.org/\\ud800\""),
            Item("half a character in a key", "{\"url\":\"http://example.org/\",\"key\":\"\\udc00\"}"),
            Case("half a character in a tag", $"{{{Urls},\"tags\":[\"\\ud83d\"]}}", "tags"),
            Case("half a character in a name", $"{{{Urls},\"\\ud83d\":1}}", "$"),
            new("bytes that are not UTF-8", new([.. "{\"urls\":[\"http://a/"u8, 0xC3, 0x28, .. "\"]}"u8], ["urls[0]"])),
            new("UTF-16", new(Encoding.Unicode.GetBytes($"{{{Urls}}}"), ["$"])),
            new("gzip", new([0x1F, 0x8B, 8, 0, 0, 0, 0, 0], ["$"])),
        ];

    internal static KeyValuePair<string, RefusedBody> Case(string name, string body, params string[] fields) =>
        new(name, new(Encoding.UTF8.GetBytes(body), fields));

    private static KeyValuePair<string, RefusedBody> Item(string name, string item, string? member = null) =>
        Case(name, $"{{\"urls\":[\"http://127.0.0.1:9/\",{item}]}}", member is null ? "urls[1]" : $"urls[1].{member}");

    private static KeyValuePair<string, RefusedBody> Header(string name, string value) =>
        Item($"the header {name}", $"{{\"url\":\"http://a/\",\"headers\":{{\"{name}\":{value}}}}}", $"headers.{name}");
}
