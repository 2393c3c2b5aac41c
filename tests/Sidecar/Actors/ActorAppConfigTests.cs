using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Sidecar.Actors;

namespace NexusCart.Tests.Sidecar.Actors;

public sealed class ActorAppConfigTests
{
    [Fact]
    public void What_the_dotnet_sdk_answers_is_understood()
    {
        var config = Parse("""{"entities":["Cart"],"actorIdleTimeout":"0h30m0s0ms","reentrancy":{"enabled":true,"maxStackDepth":8}}""");

        Assert.Equal(
            new ActorTypeOptions(TimeSpan.FromMinutes(30), TimeSpan.FromSeconds(2), true, 8),
            Assert.Single(config.Types, type => type.Key == "Cart").Value);
    }

    [Fact]
    public void A_type_may_have_settings_of_its_own()
    {
        var config = Parse("""
            {"entities":["A","B"],"actorIdleTimeout":"1h","drainOngoingCallTimeout":"10s","reentrancy":{"enabled":true},
             "entitiesConfig":[{"entities":["B","Stranger"],"actorIdleTimeout":"2s"},{"entities":["A"],"drainRebalancedActors":false}]}
            """);

        Assert.Equal(["A", "B"], config.Types.Keys.Order());
        Assert.Equal(new ActorTypeOptions(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10), false, 32), config.Types["B"]);
        Assert.Equal(TimeSpan.Zero, config.Types["A"].DrainTimeout);
    }

    [Fact]
    public void A_wrong_duration_of_one_type_falls_back_to_the_default() =>
        Assert.Equal(
            ActorTypeOptions.Default,
            Parse("""{"entities":["A"],"entitiesConfig":[{"entities":["A"],"actorIdleTimeout":"soon"}]}""").Types["A"]);

    [Theory]
    [InlineData("""{"entities":["A"],"actorIdleTimeout":"soon"}""", "actorIdleTimeout")]
    [InlineData("""{"entities":["A"],"drainOngoingCallTimeout":"5"}""", "drainOngoingCallTimeout")]
    [InlineData("[]", "/dapr/config")]
    [InlineData("<html>", "/dapr/config")]
    public void What_is_wrong_is_named(string json, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => Parse(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"entities":null}""")]
    [InlineData("""{"entities":[]}""")]
    public void An_app_may_have_no_actors(string json) => Assert.Empty(Parse(json).Types);

    private static ActorAppConfig Parse(string json) => ActorAppConfig.Parse(Encoding.UTF8.GetBytes(json), NullLogger.Instance);
}
