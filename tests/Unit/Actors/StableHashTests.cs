using NexusCart.Platform.Actors;

namespace NexusCart.Tests.Unit.Actors;

public class StableHashTests
{
    [Theory]
    [InlineData("", 0xAB3E7C0Bu)]
    [InlineData("SKU-1", 0x35AA63CBu)]
    [InlineData("01890a5d-ac96-774b-bcce-b302099a8057", 0xBE5EF9C1u)]
    public void Never_changes_since_stored_data_depends_on_it(string key, uint expected) =>
        Assert.Equal(expected, StableHash.Of(key));

    [Fact]
    public void Long_keys_hash_like_any_other() =>
        Assert.NotEqual(StableHash.Of(new string('x', 5000)), StableHash.Of(new string('x', 5001)));

    [Fact]
    public void Spreads_similar_keys_evenly()
    {
        var counts = new int[8];
        for (var i = 0; i < 8000; i++)
            counts[StableHash.Bucket($"SKU-{i:D5}", 8)]++;
        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }
}

public class StateKeysTests
{
    [Theory]
    [InlineData("SKU-1.x_y", "SKU-1.x_y")]
    [InlineData("a/b?c", "a~2fb~3fc")]
    [InlineData("a~2fb", "a~7e2fb")]
    [InlineData("ü", "~c3~bc")]
    public void Anything_becomes_a_key_that_urls_and_transactions_read_alike(string text, string key) =>
        Assert.Equal(key, StateKeys.Escape(text));
}
