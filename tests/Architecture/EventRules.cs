using System.Text.RegularExpressions;

namespace NexusCart.Tests.Architecture;

/// <summary>
/// No dual writes: an event leaves only from something durable that tries again, which is an actor that keeps it in its state until it is
/// out, or a workflow's activity.
/// </summary>
public sealed partial class EventRules
{
    [Fact]
    public void Only_actors_and_activities_publish()
    {
        var publishers = Repository.Code("services", "workflows").Where(file => Publisher().IsMatch(file.Text)).ToList();
        Assert.NotEmpty(publishers);
        Assert.DoesNotContain(publishers, file => !IsActor(file) && !file.Text.Contains(": WorkflowActivity<", StringComparison.Ordinal));
    }

    [Fact]
    public void An_actor_publishes_what_is_pending_in_its_state_and_nothing_else()
    {
        var actors = Repository.Code("services").Where(file => IsActor(file) && PublishCall().IsMatch(file.Text)).ToList();
        Assert.NotEmpty(actors);
        // All of it goes through what the outbox hands over, never straight from a request.
        Assert.All(actors, actor => Assert.All(PublishCall().Matches(actor.Text), call =>
            Assert.True(call.Groups["what"].Value.StartsWith("pending", StringComparison.Ordinal), $"{actor.Path}: {call.Value}")));
    }

    private static bool IsActor(SourceFile file) => file.Path.Contains("/Actors/", StringComparison.Ordinal);

    [GeneratedRegex(@"\bI?(Pending)?EventPublisher\b")]
    private static partial Regex Publisher();

    [GeneratedRegex(@"\.(Rep|P)ublishAsync\(\s*(?<what>\w+)")]
    private static partial Regex PublishCall();
}
