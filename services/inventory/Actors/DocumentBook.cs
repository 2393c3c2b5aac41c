using Dapr.Actors.Runtime;
using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.Actors;

/// <summary>The adjustments, transfers and returns of a partition, for ever, one key each (<c>d:{kind}:{id}</c>).</summary>
internal sealed class DocumentBook(IActorStateManager state)
{
    private readonly Dictionary<(MovementKind Kind, string Id), StaffDocument?> _looked = [];

    /// <summary>Reads one for this turn.</summary>
    public async Task LookUpAsync(MovementKind kind, string id, CancellationToken cancellationToken)
    {
        var stored = await state.TryGetStateAsync<StaffDocument>(Key(kind, id), cancellationToken);
        _looked[(kind, id)] = stored.HasValue ? stored.Value : null;
    }

    /// <summary>One that was looked up in this turn.</summary>
    public StaffDocument? Find(MovementKind kind, string id) => _looked.GetValueOrDefault((kind, id));

    /// <summary>Puts what was done in this turn into the state manager.</summary>
    public async Task WriteAsync(IReadOnlyList<StaffDocument> documents, CancellationToken cancellationToken)
    {
        foreach (var document in documents)
            await state.SetStateAsync(Key(document.Kind, document.Id), document, cancellationToken);
    }

    /// <summary>After the turn: nothing needs to stay in memory.</summary>
    public async Task EndTurnAsync()
    {
        foreach (var (kind, id) in _looked.Keys)
            await state.UnloadStateAsync(Key(kind, id));
        Forget();
    }

    /// <summary>After a failed turn.</summary>
    public void Forget() => _looked.Clear();

    private static string Key(MovementKind kind, string id) => string.Create(null, $"d:{(int)kind}:{id}");
}
