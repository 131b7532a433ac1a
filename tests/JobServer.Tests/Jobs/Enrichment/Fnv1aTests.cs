using System.Text;
using JobServer.Jobs.Enrichment.Steps;

namespace JobServer.Tests.Jobs.Enrichment;

public sealed class Fnv1aTests
{
    [Theory]
    // From the test vectors that its authors publish.
    [InlineData("", 0xcbf29ce484222325)]
    [InlineData("a", 0xaf63dc4c8601ec8c)]
    [InlineData("b", 0xaf63df4c8601f1a5)]
    [InlineData("foo", 0xdcb27518fed9d577)]
    [InlineData("fooba", 0xcac165afa2fef40a)]
    [InlineData("foobar", 0x85944171f73967e8)]
    [InlineData("chongo was here!\n", 0x46810940eff5f915)]
    public void Hashes_as_published(string text, ulong hash) =>
        Assert.Equal(hash, Fnv1a.Hash(Encoding.UTF8.GetBytes(text)));
}
