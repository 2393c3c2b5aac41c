using System.Text.Json;
using NexusCart.Platform.Actors;

namespace NexusCart.Tests.Unit.Actors;

/// <summary>A turn is saved whole or forgotten.</summary>
public sealed class ActorStatesTests
{
    private readonly ActorStore _store = new();
    private readonly InMemoryStateManager _state;

    public ActorStatesTests() => _state = new InMemoryStateManager(_store, JsonSerializerOptions.Web);

    [Fact]
    public async Task A_turn_is_saved_in_one_transaction()
    {
        var answer = await _state.CommitAsync(async () =>
        {
            await _state.SetStateAsync("a", "1");
            await _state.SetStateAsync("b", "2");
            return 7;
        });

        Assert.Equal(7, answer);
        Assert.Equal(1, _store.Transactions);
        Assert.Equal(["a", "b"], _store.Values.Keys.Order());
    }

    [Fact]
    public async Task What_a_broken_turn_wrote_is_read_by_nobody()
    {
        await _state.CommitAsync("a", "before");

        await Assert.ThrowsAsync<InvalidOperationException>(() => _state.CommitAsync(async () =>
        {
            await _state.SetStateAsync("a", "never");
            throw new InvalidOperationException("broken");
        }));

        Assert.Equal("before", await _state.FindAsync<string>("a"));
        await _state.CommitAsync("b", "next");
        Assert.Equal(["b"], _store.LastTransaction);
    }

    [Fact]
    public async Task What_was_not_saved_is_read_by_nobody()
    {
        _store.FailNextSave = new InvalidOperationException("the store is away");

        await Assert.ThrowsAsync<InvalidOperationException>(() => _state.CommitAsync("a", "never"));

        Assert.Null(await _state.FindAsync<string>("a"));
    }
}
