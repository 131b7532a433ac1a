using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.EmbeddedPostgres;

namespace JobServer.IntegrationTests.Faults;

public sealed class FullDiskTests(StoppedCluster stopped, ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Times_without_room_on_the_disk_lose_and_double_nothing()
    {
        if (!SmallDisk.IsAllowed)
        {
            Assert.Skip("Only root may mount a small disk, and only on Linux.");
            return;
        }

        await using var disk = await SmallDisk.MountAsync(Cancel);
        var folder = disk.NewFolder();
        await stopped.CopyToAsync(folder, Cancel);
        await using var server = await OwnServer.StartAsync(folder, Cancel);
        await DisturbedLoad.RunAsync(
            server,
            async refused =>
            {
                disk.Fill();
                await refused();
                disk.Free();
            },
            output,
            Cancel
        );
    }
}
