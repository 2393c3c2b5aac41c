using Dapr.Actors.Runtime;

namespace NexusCart.Platform.Actors;

/// <summary>Turns of an actor that are saved whole or forgotten.</summary>
public static class ActorStates
{
    /// <summary>
    /// Saves what a turn writes. When the turn or the save fails, memory is forgotten: what was not saved must not be read in the
    /// next turn.
    /// </summary>
    public static async Task<T> CommitAsync<T>(this IActorStateManager state, Func<Task<T>> turn)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(turn);
        try
        {
            var answer = await turn();
            await state.SaveStateAsync();
            return answer;
        }
        catch
        {
            await state.ClearCacheAsync();
            throw;
        }
    }

    /// <inheritdoc cref="CommitAsync{T}(IActorStateManager, Func{Task{T}})"/>
    public static Task CommitAsync(this IActorStateManager state, Func<Task> turn)
    {
        ArgumentNullException.ThrowIfNull(turn);
        return state.CommitAsync(async () =>
        {
            await turn();
            return true;
        });
    }

    /// <summary>Saves one value, and gives it back.</summary>
    public static Task<T> CommitAsync<T>(this IActorStateManager state, string key, T value) => state.CommitAsync(async () =>
    {
        await state.SetStateAsync(key, value);
        return value;
    });

    /// <summary>The value of a key; null when there is none.</summary>
    public static async Task<T?> FindAsync<T>(this IActorStateManager state, string key)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(state);
        var stored = await state.TryGetStateAsync<T>(key);
        return stored.HasValue ? stored.Value : null;
    }
}
