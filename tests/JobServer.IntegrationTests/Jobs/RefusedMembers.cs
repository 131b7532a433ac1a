using static JobServer.IntegrationTests.Jobs.RefusedBodies;

namespace JobServer.IntegrationTests.Jobs;

/// <summary>Bodies whose list is good and whose other members must be refused.</summary>
internal static class RefusedMembers
{
    public static IEnumerable<KeyValuePair<string, RefusedBody>> All => [.. Members(), .. Options()];

    private static IEnumerable<KeyValuePair<string, RefusedBody>> Members() =>
        [
            Case("an unknown member at the top", $"{{{Urls},\"webhook\":\"http://a\"}}", "webhook"),
            Case("a name in another case", $"{{{Urls},\"Options\":{{}}}}", "Options"),
            Case("tags twice", $"{{{Urls},\"tags\":[],\"tags\":[]}}", "tags"),
            Case("text for tags", $"{{{Urls},\"tags\":\"nightly\"}}", "tags"),
            Case("a number for a tag", $"{{{Urls},\"tags\":[5]}}", "tags[0]"),
            Case("an empty tag", $"{{{Urls},\"tags\":[\"\"]}}", "tags[0]"),
            Case("a tag too long", $"{{{Urls},\"tags\":[\"{new string('t', 101)}\"]}}", "tags[0]"),
            Case("tags too many", $"{{{Urls},\"tags\":[{string.Join(',', Enumerable.Repeat("\"t\"", 21))}]}}", "tags"),
            Case("a deadline in the past", $"{{{Urls},\"deadline\":\"2001-01-01T00:00:00Z\"}}", "deadline"),
            Case("a deadline without an offset", $"{{{Urls},\"deadline\":\"2999-01-01T00:00:00\"}}", "deadline"),
            Case("a number for a deadline", $"{{{Urls},\"deadline\":4102444800}}", "deadline"),
            Case("what this version does not do", $"{{{Urls},\"after\":[\"a\"]}}", "after"),
            Case("a number for a unique key", $"{{{Urls},\"uniqueKey\":5}}", "uniqueKey"),
            Case("an empty unique key", $"{{{Urls},\"uniqueKey\":\"\"}}", "uniqueKey"),
            Case("a unique key too long", $"{{{Urls},\"uniqueKey\":\"{new string('k', 256)}\"}}", "uniqueKey"),
            Case("a unique key with U+0000", $"{{{Urls},\"uniqueKey\":\"a\\u0000\"}}", "uniqueKey"),
            Case("onConflict of another word", $"{{{Urls},\"uniqueKey\":\"a\",\"onConflict\":\"wait\"}}", "onConflict"),
            Case("onConflict without a key", $"{{{Urls},\"onConflict\":\"return\"}}", "onConflict"),
            Case("a start without an offset", $"{{{Urls},\"startAt\":\"2030-01-01T00:00:00\"}}", "startAt"),
            Case("a start in a thousand years", $"{{{Urls},\"startAt\":\"2999-01-01T00:00:00Z\"}}", "startAt"),
            Case(
                "a deadline before the start",
                $"{{{Urls},\"startAt\":\"{Later(20)}\",\"deadline\":\"{Later(10)}\"}}",
                "deadline"
            ),
            Case(
                "everything at once",
                """
                { "urls": ["ftp://a/", { "url": 1, "methd": "GET", "headers": { "Host": "b" } }, "http://127.0.0.1:9/"],
                  "options": { "concurrency": 0, "itemTimeout": 10, "retries": 3, "retry": { "maxAttempts": "3", "wait": 1 } },
                  "tags": [""], "opts": {}, "after": "x" }
                """,
                "urls[0]",
                "urls[1].url",
                "urls[1].methd",
                "urls[1].headers.Host",
                "options.concurrency",
                "options.itemTimeout",
                "options.retry.maxAttempts",
                "options.retry.wait",
                "options.retries",
                "tags[0]",
                "after",
                "opts"
            ),
        ];

    private static string Later(int days) => $"{TimeProvider.System.GetUtcNow().AddDays(days):O}";

    private static IEnumerable<KeyValuePair<string, RefusedBody>> Options() =>
        [
            Case("a list for options", $"{{{Urls},\"options\":[]}}", "options"),
            .. Option("concurrency", "0", "1001", "-1", "1.5", "\"10\"", "true", "99999999999999999999", "1e400"),
            .. Option("perHostConcurrency", "0", "1001", "{}"),
            .. Option(
                "itemTimeout",
                "10",
                "\"10\"",
                "\"-00:00:10\"",
                "\"00:00:00\"",
                "\"00:10:01\"",
                "\"10s\"",
                "\"PT\""
            ),
            .. Option("jobTimeout", "60", "\"00:00:00.5\"", "\"8.00:00:00\"", "\"24:00:00\"", "\"P1M\"", "[]"),
            .. Option("retry", "3", "\"no\"", "[]"),
            .. Option("maxBodyBytes", "0", "67108865", "\"1MB\""),
            .. Option("tolerateFailedPercent", "-1", "101", "0.5", "\"50%\""),
            .. Retry("maxAttempts", "0", "21"),
            .. Retry("baseDelay", "1", "\"-PT1S\"", "\"02:00:00\""),
            .. Retry("maxDelay", "1", "\"01:00:01\""),
            Case(
                "an option twice",
                $"{{{Urls},\"options\":{{\"concurrency\":1,\"concurrency\":2}}}}",
                "options.concurrency"
            ),
        ];

    private static IEnumerable<KeyValuePair<string, RefusedBody>> Option(string name, params string[] values) =>
        values.Select(value =>
            Case($"{name} {value}", $"{{{Urls},\"options\":{{\"{name}\":{value}}}}}", $"options.{name}")
        );

    private static IEnumerable<KeyValuePair<string, RefusedBody>> Retry(string name, params string[] values) =>
        values.Select(value =>
            Case(
                $"retry.{name} {value}",
                $"{{{Urls},\"options\":{{\"retry\":{{\"{name}\":{value}}}}}}}",
                $"options.retry.{name}"
            )
        );
}
