using NexusCart.Sidecar.Actors;

namespace NexusCart.Tests.Sidecar.Actors;

public sealed class ActorNamesTests
{
    [Theory]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a?b")]
    [InlineData("a#b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("..")]
    [InlineData(".")]
    public void Names_that_would_change_the_path_are_refused(string name) => Assert.NotNull(ActorNames.FaultOf(name));

    [Theory]
    [InlineData("order-1")]
    [InlineData("a b")]
    [InlineData("ä%|{}")]
    public void Other_names_are_taken(string name) => Assert.Null(ActorNames.FaultOf(name));

    [Theory]
    [InlineData("inc", "inc")]
    [InlineData("a/b", "a/b")]
    [InlineData("a/../b", "b")]
    [InlineData("../../b", "b")]
    [InlineData("..", "")]
    [InlineData("./a//b/", "a/b")]
    public void Methods_are_cleaned(string method, string expected)
    {
        Assert.Null(ActorNames.NormalizeMethod(method, out var normalized));
        Assert.Equal(expected, normalized);
    }

    [Theory]
    [InlineData("a?b")]
    [InlineData("a#b")]
    [InlineData("a\tb")]
    public void Some_methods_cannot_be_called(string method) => Assert.NotNull(ActorNames.NormalizeMethod(method, out _));

    [Theory]
    [InlineData("Cart", "01890a5d-ac96-774b-bcce-b302099a8057", "expire_at:1", true)]
    [InlineData("Cart", "a.b", "r 1", true)]
    [InlineData("Cart", "a||b", "r", true)]
    [InlineData("Cart", "me@home", "r", true)]
    [InlineData("Cart", "é", "r", true)]
    [InlineData("Cart", "a/b", "r", false)]
    [InlineData("Cart", "", "r", false)]
    [InlineData("Cart", "a..b", "r", true)]
    [InlineData("Cart", "a", "r#1", false)]
    public void Reminders_take_the_names_that_daprs_scheduler_takes(string type, string id, string name, bool taken) =>
        Assert.Equal(taken, NexusCart.Sidecar.Scheduling.JobKeys.FaultOf(type, id, name) is null);
}
