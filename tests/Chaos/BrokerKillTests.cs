using NexusCart.Tests.Chaos.Brokers;

namespace NexusCart.Tests.Chaos;

/// <summary>
/// Events are published under load while the sidecar, the app or the broker is killed, each time at another point: every event whose
/// publish was acknowledged is handled. How often, <see cref="Rounds"/> says; the output has the figures.
/// </summary>
public sealed class BrokerKillTests(BrokerServers servers, ITestOutputHelper output) : IClassFixture<BrokerServers>
{
    // From less than a client needs to notice it to more than most wait for an answer.
    private const int LongestAbsence = 5_000;

    public static IEnumerable<TheoryDataRow<string, string>> Kills =>
    [
        .. Rows("embedded", "sidecar", "app"),
        .. Rows("redis", "sidecar", "app", "broker"),
        .. Rows("rabbitmq", "sidecar", "app", "broker"),
        .. Rows("kafka", "sidecar", "app", "broker"),
    ];

    [Theory]
    [MemberData(nameof(Kills))]
    public async Task Nothing_acknowledged_is_lost(string broker, string victim)
    {
        Assert.SkipWhen(BrokerServers.Missing(broker) is not null, $"{victim} with {broker}: {BrokerServers.Missing(broker)}");
        var carrier = await servers.GetAsync(broker);
        await using var trial = await DeliveryTrial.StartAsync(carrier);
        var rounds = 0;
        foreach (var round in Rounds.All)
        {
            output.WriteLine(await trial.RoundAsync(round, () => victim switch
            {
                "sidecar" => trial.Sidecar.KillAndStartAgainAsync(),
                "app" => trial.App.KillAndStartAgainAsync(),
                _ => KillAndStartAgainAsync(carrier, round),
            }));
            rounds++;
        }

        output.WriteLine($"{victim} with {broker}, {rounds} rounds: {trial.Summary}");
    }

    private static IEnumerable<TheoryDataRow<string, string>> Rows(string broker, params string[] victims) =>
        victims.Select(victim => new TheoryDataRow<string, string>(broker, victim) { Traits = { ["broker"] = [broker], ["victim"] = [victim] } });

    private static async Task KillAndStartAgainAsync(Broker broker, Round round)
    {
        await broker.KillAsync!();
        await Task.Delay(round.Random.Next(LongestAbsence));
        await broker.StartAsync!();
    }
}
