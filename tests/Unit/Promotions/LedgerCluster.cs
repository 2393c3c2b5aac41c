using System.Collections.Concurrent;
using Dapr.Actors.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Platform.Actors;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Api;
using NexusCart.Promotions.Domain;
using NexusCart.Promotions.ReadModel;
using NexusCart.Tests.Unit.Actors;

namespace NexusCart.Tests.Unit.Promotions;

/// <summary>Ledgers in memory, one turn at a time each, with the desk before them.</summary>
internal sealed class LedgerCluster
{
    private readonly ConcurrentDictionary<string, Ledger> _ledgers = new();

    public LedgerCluster(params Definition[] definitions)
    {
        Ledgers = new RedemptionLedgers(
            async (id, batch, _) =>
            {
                await Held;
                return Broken is { } broken && broken(id, batch)
                    ? throw new IOException("The call did not arrive.")
                    : await Of(id).TurnAsync(actor => actor.ExecuteAsync([.. batch]));
            },
            (id, request, _) => Of(id).TurnAsync(actor => actor.ReadPageAsync(request)),
            Time,
            NullLogger<RedemptionLedgers>.Instance);
        // Every definition is in memory: the shards are not asked.
        var shards = new ShardClient<Definition, DefinitionCommand, DefinitionAnswer>(new ActorProxyFactory(), "none", 1);
        Book = new PromotionBook(new DefinitionStore(shards), Some.Codes);
        foreach (var definition in definitions)
            Book.Put(definition);
        Book.Loaded();
        Desk = new RedemptionDesk(Ledgers, Book);
    }

    public FakeTimeProvider Time { get; } = new(Some.Now);

    public PromotionBook Book { get; }

    public RedemptionLedgers Ledgers { get; }

    public RedemptionDesk Desk { get; }

    /// <summary>Calls that do not arrive.</summary>
    public Func<string, IReadOnlyList<LedgerCommand>, bool>? Broken { get; set; }

    /// <summary>Calls wait for it before they arrive, and requests queue up behind them.</summary>
    public Task Held { get; set; } = Task.CompletedTask;

    /// <summary>What the store of a ledger holds.</summary>
    public ActorStore StoreOf(string id) => Of(id).Harness.Store;

    /// <summary>Forgets what ledgers have in memory, as a restart does.</summary>
    public void Restart()
    {
        foreach (var ledger in _ledgers.Values)
            ledger.Activate();
    }

    private Ledger Of(string id) => _ledgers.GetOrAdd(id, key => new Ledger(key, Time));

    private sealed class Ledger
    {
        private readonly SemaphoreSlim _turns = new(1);
        private RedemptionLedgerActor _actor = null!;

        public Ledger(string id, TimeProvider time)
        {
            Harness = new ActorHarness<RedemptionLedgerActor>(host => new RedemptionLedgerActor(host, time), id, PromotionsJson.Default);
            Activate();
        }

        public ActorHarness<RedemptionLedgerActor> Harness { get; }

        public void Activate() => _actor = Harness.Activate();

        public async Task<T> TurnAsync<T>(Func<RedemptionLedgerActor, Task<T>> turn)
        {
            await _turns.WaitAsync();
            try
            {
                return await turn(_actor);
            }
            finally
            {
                _turns.Release();
            }
        }
    }
}
