using NexusCart.Tests.Chaos.Blocks;

namespace NexusCart.Tests.Chaos;

/// <summary>
/// The sidecar alone is killed under the load of each building block, each time at another point, while its app lives on: nothing that
/// it acknowledged is lost, whichever store is behind it. How often, <see cref="Rounds"/> says.
/// </summary>
public sealed class SidecarKillTests(Backends backends, ITestOutputHelper output) : IClassFixture<Backends>
{
    // Jobs are the sidecar's own on every backend.
    public static IEnumerable<TheoryDataRow<string, string>> Blocks =>
    [
        .. BlockTrial.Rows("embedded", [.. BlockTrial.Blocks]),
        .. BlockTrial.Rows("redis", "state", "state transactions", "state etags", "actor state", "reminders", "locks", "workflows"),
        .. BlockTrial.Rows("postgres", "state", "state transactions", "state etags", "actor state", "reminders", "workflows"),
    ];

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task Nothing_acknowledged_is_lost(string block, string backend)
    {
        Assert.SkipWhen(Backends.Missing(backend) is not null, $"{block} on {backend}: {Backends.Missing(backend)}");
        await using var trial = await BlockTrial.StartAsync(block, await backends.GetAsync(backend));
        foreach (var round in Rounds.All)
            output.WriteLine(await trial.RoundAsync(round, trial.Sidecar.KillAndStartAgainAsync));
        await trial.VerifyAsync();
    }
}
