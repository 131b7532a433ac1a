using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace JobServer.Tests.Jobs.Enrichment;

/// <summary>What the steps mean, said once more, slowly. Lookups are left to their own tests.</summary>
internal static class Reference
{
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static ulong Fnv1a(byte[] bytes) =>
        bytes.Aggregate(0xcbf29ce484222325UL, (hash, value) => unchecked((hash ^ value) * 0x100000001b3UL));

    /// <summary>The record after the steps; null when it is a reject.</summary>
    public static JsonObject? Run(JsonObject record, JsonArray steps, string time)
    {
        var members = record.Select(member => (member.Key, Value: member.Value?.DeepClone())).ToList();
        foreach (var step in steps.Select(step => step!.AsObject()))
        {
            switch (Text(step, "type"))
            {
                case "processedAt":
                    Put(members, Text(step, "into"), time);
                    break;
                case "set":
                    Put(members, Text(step, "field"), step["value"]?.DeepClone());
                    break;
                case "drop":
                    members.RemoveAll(member => member.Key == Text(step, "field"));
                    break;
                case "rename":
                    var (from, to) = (Text(step, "from"), Text(step, "to"));
                    if (!members.Exists(member => member.Key == from))
                        break;
                    members.RemoveAll(member => member.Key == to);
                    var renamed = members.FindIndex(member => member.Key == from);
                    members[renamed] = (to, members[renamed].Value);
                    break;
                case "score":
                    var value = members.Find(member => member.Key == Text(step, "field")).Value;
                    if (value is null)
                        return null;
                    var text =
                        value.GetValueKind() == JsonValueKind.String
                            ? value.GetValue<string>()
                            : value.ToJsonString(Plain);
                    Put(
                        members,
                        Text(step, "into"),
                        Fnv1a(Encoding.UTF8.GetBytes(text)) % (ulong)step["modulo"]!.GetValue<int>()
                    );
                    break;
                case var type:
                    throw new InvalidOperationException(type);
            }
        }

        return new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, member.Value)));
    }

    private static string Text(JsonObject step, string member) => step[member]!.GetValue<string>();

    private static void Put(List<(string Key, JsonNode? Value)> members, string name, JsonNode? value)
    {
        var index = members.FindIndex(member => member.Key == name);
        if (index < 0)
            members.Add((name, value));
        else
            members[index] = (name, value);
    }
}
