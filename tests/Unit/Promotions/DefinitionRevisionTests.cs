using NexusCart.Platform.Values;
using NexusCart.Promotions.Domain;

namespace NexusCart.Tests.Unit.Promotions;

/// <summary>Of two people who change the same thing, one hears about it; and a repetition is no change.</summary>
public sealed class DefinitionRevisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_new_one_gets_version_one()
    {
        var (verdict, stored) = DefinitionRevision.Apply(null, Draft(0), Now);
        Assert.Equal(RevisionVerdict.Done, verdict);
        Assert.Equal(Draft(1) with { UpdatedAt = Now }, stored);
    }

    [Fact]
    public void Whoever_saw_the_latest_version_replaces_it()
    {
        var (verdict, stored) = DefinitionRevision.Apply(Draft(3), Draft(3, budget: 200), Now);
        Assert.Equal(RevisionVerdict.Done, verdict);
        Assert.Equal((4, 200L), (stored!.Version, ((Campaign)stored).Budget!.Value.MinorUnits));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void Whoever_saw_another_version_is_told(long seen)
    {
        var current = Draft(3);
        var (verdict, stored) = DefinitionRevision.Apply(current, Draft(seen, budget: 200), Now);
        Assert.Equal(RevisionVerdict.OtherVersion, verdict);
        Assert.Same(current, stored);
    }

    [Fact]
    public void A_repetition_is_answered_the_same()
    {
        var first = DefinitionRevision.Apply(Draft(3), Draft(3, budget: 200), Now).Stored;
        var (verdict, again) = DefinitionRevision.Apply(first, Draft(3, budget: 200), Now.AddHours(1));
        Assert.Equal(RevisionVerdict.Done, verdict);
        Assert.Same(first, again);
    }

    [Fact]
    public void Replacing_what_is_not_there_is_told() =>
        Assert.Equal((RevisionVerdict.OtherVersion, null), DefinitionRevision.Apply(null, Draft(1), Now));

    private static Campaign Draft(long version, long budget = 100) => new("spring", "Spring", new MoneyAmount(budget, "EUR"), version, default);
}
