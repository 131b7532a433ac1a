namespace JobServer.IntegrationTests.Jobs.Enrichment;

/// <summary>Bodies that are no submission, and the members that are at fault. FILE stands for a CSV with columns a and b.</summary>
internal static class RefusedSubmissions
{
    private const string Id = "01890a5d-ac96-774b-bcce-b302099a8057";
    private const string Steps = "\"steps\":[{\"type\":\"processedAt\"}]";
    private const string Input = "\"input\":{\"records\":[{\"a\":1}]}";

    public static readonly IReadOnlyDictionary<string, (string Body, string Fields)> All = new Dictionary<
        string,
        (string, string)
    >
    {
        ["nothing"] = ("", "$"),
        ["no JSON"] = ("{\"input\":", "$"),
        ["a list"] = ("[]", "$ input steps"),
        ["neither input nor steps"] = ("{}", "input steps"),
        ["no input"] = ($"{{{Steps}}}", "input"),
        ["null as input"] = ($"{{\"input\":null,{Steps}}}", "input"),
        ["an input of nothing"] = ($"{{\"input\":{{}},{Steps}}}", "input"),
        ["two inputs"] = (Of($$"""{"records":[{}],"fileId":"{{Id}}"}"""), "input"),
        ["a file and files"] = (Of($$"""{"files":["{{Id}}"],"fileId":"{{Id}}"}"""), "input.files input"),
        ["an unknown file"] = (Of($"{{\"fileId\":\"{Id}\"}}"), "input"),
        ["an unknown file among known ones"] = (Of($$"""{"files":["FILE","{{Id}}"]}"""), "input"),
        ["an unknown job"] = (Of($$"""{"fromJob":"{{Id}}"}"""), "input.fromJob"),
        ["a malformed file id"] = (Of("""{"fileId":"nope"}"""), "input.fileId"),
        ["a malformed id among files"] = (Of("""{"files":["FILE","{FILE}"]}"""), "input.files[1]"),
        ["a malformed job id"] = (Of($$"""{"fromJob":"{{Id[1..]}}"}"""), "input.fromJob"),
        ["a number as id"] = (Of("""{"fileId":1}"""), "input.fileId"),
        ["no files"] = (Of("""{"files":[]}"""), "input.files"),
        ["a file twice"] = (Of("""{"files":["FILE","FILE"]}"""), "input.files"),
        ["a file without records"] = (Of("""{"fileId":"EMPTY"}"""), "input"),
        ["no records"] = (Of("""{"records":[]}"""), "input.records"),
        ["records that are no list"] = (Of("""{"records":{"a":1}}"""), "input.records"),
        ["a member name with NUL"] = (Of("""{"records":[{},{"a\u0000":1}]}"""), "input.records[1]"),
        ["an unknown member"] = (With("\"step\":[]"), "step"),
        ["an unknown member of input"] = (Of("""{"records":[{}],"format":"csv"}"""), "input.format"),
        ["a member twice"] = (With(Steps), "steps"),
        ["no steps"] = (Step(""), "steps"),
        ["51 steps"] = (Step(string.Join(',', Enumerable.Repeat("{\"type\":\"processedAt\"}", 51))), "steps"),
        ["an unknown step"] = (Step("""{"type":"ProcessedAt"}"""), "steps[0].type"),
        ["a step that is text"] = (Step("\"processedAt\""), "steps[0]"),
        ["a step without type"] = (Step("""{"into":"x"}"""), "steps[0].type"),
        ["an unknown member of a step"] = (Step("""{"type":"processedAt","format":"u"}"""), "steps[0].format"),
        ["an unknown column"] = (OfFile("""{"type":"score","field":"c"}"""), "steps[0].field"),
        ["an unknown column to rename"] = (OfFile("""{"type":"rename","from":"A","to":"x"}"""), "steps[0].from"),
        ["a column that was dropped"] = (
            OfFile("""{"type":"drop","field":"a"},{"type":"score","field":"a"}"""),
            "steps[1].field"
        ),
        ["an unknown column of a lookup"] = (
            OfFile("""{"type":"lookup","url":"http://127.0.0.1/{a}/{x}","into":"y"}"""),
            "steps[0].url"
        ),
        ["a path that selects many"] = (Lookup("\"select\":{\"x\":\"$.a[*]\"}"), "steps[0].select.x"),
        ["a path that is none"] = (Lookup("\"select\":{\"x\":\"a.b\"}"), "steps[0].select.x"),
        ["a lookup into nothing"] = (Step("""{"type":"lookup","url":"http://127.0.0.1/"}"""), "steps[0].into"),
        ["a lookup of nothing"] = (Step("""{"type":"lookup","into":"x"}"""), "steps[0].url"),
        ["a field for a host"] = (Step("""{"type":"lookup","url":"http://{a}/","into":"x"}"""), "steps[0].url"),
        ["a field in a host"] = (Step("""{"type":"lookup","url":"http://x.{a}/","into":"x"}"""), "steps[0].url"),
        ["a field for a port"] = (Step("""{"type":"lookup","url":"http://x:{a}/","into":"x"}"""), "steps[0].url"),
        ["a field for a scheme"] = (Step("""{"type":"lookup","url":"{a}://x/","into":"x"}"""), "steps[0].url"),
        ["a brace without another"] = (Step("""{"type":"lookup","url":"http://x/{a","into":"x"}"""), "steps[0].url"),
        ["a scheme that is not called"] = (
            Step("""{"type":"lookup","url":"file:///{a}","into":"x"}"""),
            "steps[0].url"
        ),
        ["a header that is ours"] = (Lookup("\"into\":\"x\",\"headers\":{\"Host\":\"y\"}"), "steps[0].headers.Host"),
        ["batchSize 0"] = (With("\"batchSize\":0"), "batchSize"),
        ["batchSize 10001"] = (With("\"batchSize\":10001"), "batchSize"),
        ["batchSize as text"] = (With("\"batchSize\":\"10\""), "batchSize"),
        ["an unknown option"] = (With("\"options\":{\"retries\":1}"), "options.retries"),
        ["a deadline in the past"] = (With("\"deadline\":\"2020-01-01T00:00:00Z\""), "deadline"),
        ["faults in all places"] = (
            """{"input":{"fileId":"x"},"steps":[{"type":"score"},{"type":"nope"}],"batchSize":-1,"options":{"concurrency":0}}""",
            "input.fileId steps[0].field steps[1].type batchSize options.concurrency"
        ),
    };

    private static string Of(string input) => $"{{\"input\":{input},{Steps}}}";

    private static string With(string members) => $"{{{Input},{Steps},{members}}}";

    private static string Step(string step) => $"{{{Input},\"steps\":[{step}]}}";

    private static string OfFile(string steps) => $"{{\"input\":{{\"fileId\":\"FILE\"}},\"steps\":[{steps}]}}";

    private static string Lookup(string members) =>
        Step($"{{\"type\":\"lookup\",\"url\":\"http://127.0.0.1/{{a}}\",{members}}}");
}
