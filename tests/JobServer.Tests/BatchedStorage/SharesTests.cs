using JobServer.BatchedStorage.Claiming;

namespace JobServer.Tests.BatchedStorage;

public sealed class SharesTests
{
    [Fact]
    public void Each_queue_gets_four_times_what_the_next_one_gets()
    {
        var shares = new Shares(3);
        var given = new int[3];
        for (var round = 0; round < 210; round++)
            Give(shares, 7, [false, false, false], given);

        Assert.Equal(1470, given.Sum());
        Assert.InRange(given[0], 1470 * 16 / 21 - 2, 1470 * 16 / 21 + 2);
        Assert.InRange(given[1], 1470 * 4 / 21 - 2, 1470 * 4 / 21 + 2);
        Assert.InRange(given[2], 1470 / 21 - 2, 1470 / 21 + 2);
    }

    [Fact]
    public void One_at_a_time_is_divided_in_the_same_way()
    {
        var shares = new Shares(2);
        var given = new int[2];
        for (var round = 0; round < 100; round++)
            Give(shares, 1, [false, false], given);

        Assert.InRange(given[1], 19, 21);
    }

    [Fact]
    public void What_one_cannot_use_goes_to_the_others_and_is_not_owed_to_it()
    {
        var shares = new Shares(2);
        var given = new int[2];
        for (var round = 0; round < 1000; round++)
            Give(shares, 10, [true, false], given);
        Assert.Equal([0, 10_000], given);

        Assert.Equal([8, 2], shares.Divide(10, [false, false]));
    }

    [Fact]
    public void Nothing_is_asked_of_empty_queues() => Assert.Equal([0, 0], new Shares(2).Divide(5, [true, true]));

    [Fact]
    public void A_single_job_is_taken_from_the_first_queue_that_has_one_again()
    {
        var shares = new Shares(2);
        Give(shares, 5, [true, false], new int[2]);

        Assert.Equal([1, 0], shares.Divide(1, [false, false]));
    }

    /// <summary>Claims are rounded down; what is asked and not given must not add up for one queue.</summary>
    [Fact]
    public void The_last_queue_gets_its_part_when_less_is_given_than_is_asked()
    {
        var shares = new Shares(2);
        var given = new int[2];
        for (var round = 0; round < 100; round++)
        {
            var asked = shares.Divide(15, [false, false]);
            int[] got = [Math.Min(asked[0], 4), Math.Min(asked[1], 1)];
            shares.Take(got, [false, false]);
            (given[0], given[1]) = (given[0] + got[0], given[1] + got[1]);
        }

        Assert.InRange(given[1], given[0] / 5, given[0] / 3);
    }

    [Fact]
    public void A_queue_whose_jobs_others_took_does_not_shut_out_the_first_one_later()
    {
        var shares = new Shares(2);
        for (var round = 0; round < 10_000; round++)
            shares.Take([10, 0], [false, false]);

        var given = new int[2];
        for (var round = 0; round < 20; round++)
            Give(shares, 10, [false, false], given);
        Assert.InRange(given[0], 60, 200);
    }

    private static void Give(Shares shares, int count, bool[] isEmpty, int[] given)
    {
        var got = shares.Divide(count, isEmpty);
        Assert.Equal(count, got.Sum());
        shares.Take(got, isEmpty);
        for (var queue = 0; queue < got.Length; queue++)
            given[queue] += got[queue];
    }
}
