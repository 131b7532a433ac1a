using System.Text;
using System.Text.Json;
using JobServer.Jobs.Input;

namespace JobServer.Tests.Jobs.Input;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("ü😀", true)]
    [InlineData("\\ud83d\\ude00", true)]
    [InlineData("\\ud83d\\uDE00\\ud83d\\uDE00", true)]
    [InlineData("\\\\ud800", true)]
    [InlineData("\\ud800", false)]
    [InlineData("\\udc00", false)]
    [InlineData("\\ud800\\ud800", false)]
    [InlineData("\\ud800x\\udc00", false)]
    [InlineData("\\ud800\\n\\udc00", false)]
    [InlineData("\\ud800\\\\udc00", false)]
    public void Surrogate_escapes_come_in_pairs(string raw, bool unicode) =>
        Assert.Equal(unicode, JsonText.IsUnicode(Encoding.UTF8.GetBytes(raw)));

    [Fact]
    public void What_is_called_Unicode_is_what_the_framework_can_read()
    {
        byte[][] bits =
        [
            .. new[] { "a", "é", "😀", "\\n", "\\\\", "\\\"", "\\u0061", "\\u0000", "\\ud83d", "\\uDE00" }.Select(
                Encoding.UTF8.GetBytes
            ),
            [0xC3],
            [0xED, 0xA0, 0x80],
        ];
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 5_000; round++)
        {
            byte[] raw = [.. random.GetItems(bits, random.Next(6)).SelectMany(bit => bit)];
            Assert.True(
                JsonText.IsUnicode(raw) == CanBeRead([(byte)'"', .. raw, (byte)'"']),
                $"seed {seed}: {Convert.ToHexString(raw)}"
            );
        }
    }

    private static bool CanBeRead(byte[] json)
    {
        try
        {
            return JsonElement.Parse(json).GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
