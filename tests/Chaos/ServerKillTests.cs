using NexusCart.Tests.Chaos.Blocks;

namespace NexusCart.Tests.Chaos;

/// <summary>
/// The server behind a store is killed under the load of each building block that keeps its data there, and started again over the same
/// files, while sidecar and app live on: calls end, the sidecar finds the server again, and nothing acknowledged is lost. How often,
/// <see cref="Rounds"/> says.
/// </summary>
public sealed class ServerKillTests(Backends backends, ITestOutputHelper output) : IClassFixture<Backends>
{
    // From less than a client needs to notice it to more than it waits for an answer.
    private const int LongestAbsence = 5_000;

    public static IEnumerable<TheoryDataRow<string, string>> Blocks =>
    [
        .. BlockTrial.Rows("redis", "state", "state transactions", "state etags", "actor state", "locks", "workflows"),
        .. BlockTrial.Rows("postgres", "state", "state transactions", "state etags", "actor state", "workflows"),
    ];

    public static IEnumerable<TheoryDataRow<string, string>> SomeBlocks =>
    [
        .. BlockTrial.Rows("redis", "state etags", "actor state", "workflows"),
        .. BlockTrial.Rows("postgres", "state etags", "actor state", "workflows"),
    ];

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task Nothing_acknowledged_is_lost(string block, string backend)
    {
        Assert.SkipWhen(Backends.Missing(backend) is not null, $"{block} on {backend}: {Backends.Missing(backend)}");
        var behind = await backends.GetAsync(backend);
        await using var trial = await BlockTrial.StartAsync(block, behind);
        foreach (var round in Rounds.All)
        {
            output.WriteLine(await trial.RoundAsync(round, async () =>
            {
                await behind.Server!.KillAsync();
                await Task.Delay(round.Random.Next(LongestAbsence));
                await behind.Server.StartAsync();
            }));
        }

        await trial.VerifyAsync();
    }

    /// <summary>A server that hangs answers late or never, and may do late what was given up on.</summary>
    [Theory]
    [MemberData(nameof(SomeBlocks))]
    public async Task Nothing_acknowledged_is_lost_when_the_server_hangs(string block, string backend)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells which processes a server has");
        Assert.SkipWhen(Backends.Missing(backend) is not null, $"{block} on {backend}: {Backends.Missing(backend)}");
        var behind = await backends.GetAsync(backend);
        await using var trial = await BlockTrial.StartAsync(block, behind);
        foreach (var round in Rounds.All)
        {
            output.WriteLine(await trial.RoundAsync(round, async () =>
            {
                await behind.Server!.FreezeAsync();
                await Task.Delay(round.Random.Next(LongestAbsence));
                await behind.Server.ThawAsync();
            }));
        }

        await trial.VerifyAsync();
    }
}
