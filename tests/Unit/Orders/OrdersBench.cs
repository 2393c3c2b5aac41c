using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dapr.Actors.Client;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Orders;
using NexusCart.Orders.Actors;
using NexusCart.Orders.AfterSales;
using NexusCart.Orders.Api;
using NexusCart.Orders.Cells;
using NexusCart.Orders.Checkout;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Errands;
using NexusCart.Orders.Papers;
using NexusCart.Platform.Actors;
using NexusCart.Tests.Unit.Actors;
using NexusCart.Workflows.Checkout;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>The order shards, as real actors behind a sidecar of a few lines: calls travel as JSON, one turn at a time.</summary>
internal sealed partial class OrdersBench
{
    private readonly ConcurrentDictionary<string, Shard> _shards = new();
    private readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);

    public OrdersBench()
    {
        ActorJson.Configure(_json, OrderActorJson.Default);
        var proxies = new ActorProxyFactory(new ActorProxyOptions { JsonSerializerOptions = _json }, new Sidecar(this));
        Cells = new SingleCell(new ShardClient<Order, OrderCommand, OrderAnswer>(proxies, nameof(OrderActor), ShardCount), "0");
        Store = new OrderStore(Cells);
        Opener = new CellOpener(Cells, Books, proxies, Options, Clock);
        Watch = new OrderWatch(Store, Clock);
        Journal = new OrderJournal(Store, Watch, Clock, NullLogger<OrderJournal>.Instance);
        Starter = new CheckoutStarter(Engine, Store, Options, Clock, NullLogger<CheckoutStarter>.Instance);
        Repair = new OrderRepair(Engine, Store, Options, NullLogger<OrderRepair>.Instance);
        Papers = new PaperDesk(Store, Books, Microsoft.Extensions.Options.Options.Create(new PaperOptions()), Clock);
        Errands = new ErrandRunner(Engine, Books, Papers, Store, Repair, NullLogger<ErrandRunner>.Instance);
        AfterSales = new AfterSalesJournal(Store);
        Lists = new OrderLists(Store, Books);
        Erasure = new ErasureDesk(Store, Books, Clock, NullLogger<ErasureDesk>.Instance);
    }

    public const int ShardCount = 4;

    public IOptions<OrdersOptions> Options { get; } = Microsoft.Extensions.Options.Options.Create(new OrdersOptions { ShardCount = ShardCount });

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public FakeEngine Engine { get; } = new();

    public RecordingPublisher Publisher { get; } = new();

    public OrderStore Store { get; }

    public OrderWatch Watch { get; }

    public OrderJournal Journal { get; }

    public CheckoutStarter Starter { get; }

    public OrderRepair Repair { get; }

    public IOrderCells Cells { get; }

    public CellOpener Opener { get; }

    public FakeBooks Books { get; } = new();

    public PaperDesk Papers { get; }

    public ErrandRunner Errands { get; }

    public AfterSalesJournal AfterSales { get; }

    public OrderLists Lists { get; }

    public ErasureDesk Erasure { get; }

    /// <summary>A paid order with planned shipments.</summary>
    public async Task<string> SellAsync(string customer = "ann", string key = "key-1", Func<Order, Order>? change = null)
    {
        var draft = Draft(customer, key);
        await PlaceAsync(change is null ? draft : change(draft));
        await Journal.BeginAsync(draft.OrderId);
        await Journal.CompleteAsync(draft.OrderId, [new StepReport(Clock.GetUtcNow(), "complete", "succeeded")]);
        await AfterSales.PlanShipmentsAsync(draft.OrderId);
        return draft.OrderId;
    }

    /// <summary>Changes an order; the change must be allowed.</summary>
    public async Task<Order> ChangeAsync(AfterSalesCommand command)
    {
        var answer = await Store.ExecuteAsync(command.OrderId, command);
        Assert.True(answer.Outcome is OrderOutcome.Done, $"{answer.Outcome} {answer.Denied}");
        return answer.Order!;
    }

    /// <summary>An order as the API would place it.</summary>
    public Order Draft(string customer = "ann", string key = "key-1", string body = "body-1")
    {
        var id = OrderId.Create("0", Store.ShardOf(customer), Clock.GetUtcNow(), customer, key);
        return Some.Order(customer, key, body) with { OrderId = id.ToString(), CreatedAt = Clock.GetUtcNow() };
    }

    public Task<OrderAnswer> PlaceAsync(Order draft) =>
        Store.PlaceAsync(new PlaceOrder(draft, Options.Value.SagaInputOf(draft)), CancellationToken.None);

    /// <summary>Waits until nothing is being published or started.</summary>
    public async Task SettleAsync()
    {
        foreach (var shard in _shards.Values)
            await shard.Actor.WhenPublishedAsync();
    }

    /// <summary>The process dies: memory is gone, the store is not.</summary>
    public async Task CrashAsync()
    {
        await SettleAsync();
        foreach (var shard in _shards.Values)
            shard.Actor = shard.Harness.Activate();
    }

    /// <summary>The durable reminders of all shards fire.</summary>
    public async Task TickAsync()
    {
        foreach (var shard in _shards.Values)
        {
            foreach (var reminder in shard.Harness.Timers.Reminders.Keys.ToArray())
                await shard.Actor.ReceiveReminderAsync(reminder, [], TimeSpan.Zero, TimeSpan.Zero);
        }

        await SettleAsync();
    }

    /// <summary>All that was ever written, as text.</summary>
    public string Stored => string.Join('\n', _shards.Values.SelectMany(shard => shard.Harness.Store.Values.Values));

    private Shard ShardOf(string actorId) => _shards.GetOrAdd(actorId, id =>
    {
        var harness = new ActorHarness<OrderActor>(
            host => new OrderActor(host, new AggregateShardServices(Publisher, new AggregateShardOptions { IndexChunkSize = 4 }, Clock), Starter, Errands),
            id,
            OrderActorJson.Default);
        return new Shard(harness, harness.Activate());
    });

    private async Task<string> CallAsync(string actorId, string method, string body)
    {
        var shard = ShardOf(actorId);
        await shard.Turn.WaitAsync();
        try
        {
            return method switch
            {
                "ExecuteAsync" => Write(await shard.Actor.ExecuteAsync(Read<ShardCommand<OrderCommand>[]>(body))),
                "ReadPageAsync" => Write(await shard.Actor.ReadPageAsync(Read<ShardPageRequest>(body))),
                "ReadGroupAsync" => Write(await shard.Actor.ReadGroupAsync(Read<ShardGroupRequest>(body))),
                _ => throw new InvalidOperationException($"No such method: {method}"),
            };
        }
        finally
        {
            shard.Turn.Release();
        }
    }

    private T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, _json)!;

    private string Write<T>(T value) => JsonSerializer.Serialize(value, _json);

    private sealed class Shard(ActorHarness<OrderActor> harness, OrderActor actor)
    {
        public ActorHarness<OrderActor> Harness { get; } = harness;

        public OrderActor Actor { get; set; } = actor;

        public SemaphoreSlim Turn { get; } = new(1);
    }

    private sealed partial class Sidecar(OrdersBench bench) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var match = CallPath().Match(request.RequestUri!.AbsolutePath);
            Assert.True(match.Success, request.RequestUri.AbsolutePath);
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            var answer = await bench.CallAsync(match.Groups["id"].Value, match.Groups["method"].Value, body);
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(answer, Encoding.UTF8, "application/json") };
        }

        [GeneratedRegex("/actors/OrderActor/(?<id>[^/]+)/method/(?<method>[^/]+)$")]
        private static partial Regex CallPath();
    }
}

/// <summary>A workflow engine that only remembers.</summary>
internal sealed class FakeEngine : ISagaEngine
{
    private readonly ConcurrentDictionary<string, SagaStanding> _instances = new();

    /// <summary>"workflow instance", in order.</summary>
    public ConcurrentQueue<string> Started { get; } = new();

    public ConcurrentQueue<PaymentUpdate> Raised { get; } = new();

    /// <summary>"event instance", in order, but for news of payments.</summary>
    public ConcurrentQueue<string> Signalled { get; } = new();

    /// <summary>Instances whose history was removed.</summary>
    public ConcurrentQueue<string> Purged { get; } = new();

    /// <summary>No worker is connected: nothing can be started or raised, but the store can be read.</summary>
    public bool NoWorker { get; set; }

    /// <summary>The next start happens, but its answer is lost.</summary>
    public bool LoseNextAnswer { get; set; }

    public void Becomes(string instanceId, SagaStanding standing) => _instances[instanceId] = standing;

    public Task StartAsync<TInput>(string workflow, string instanceId, TInput input, CancellationToken cancellationToken)
    {
        if (NoWorker)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "failed to lookup actor"));
        // In one step, as the engine does it: a crashed actor's last attempt may run beside its successor's first.
        var before = SagaStanding.Missing;
        _instances.AddOrUpdate(instanceId, SagaStanding.Active, (_, standing) =>
        {
            before = standing;
            return SagaStanding.Active;
        });
        if (before is SagaStanding.Active)
            throw new RpcException(new Status(StatusCode.Unknown, $"an active workflow with ID '{instanceId}' already exists"));
        Started.Enqueue($"{workflow} {instanceId}");
        if (!LoseNextAnswer)
            return Task.CompletedTask;
        LoseNextAnswer = false;
        throw new RpcException(new Status(StatusCode.DeadlineExceeded, "the answer is lost"));
    }

    public Task<SagaStanding> FindAsync(string instanceId, CancellationToken cancellationToken) =>
        Task.FromResult(_instances.GetValueOrDefault(instanceId));

    public Task<bool> PurgeAsync(string instanceId, CancellationToken cancellationToken)
    {
        var standing = _instances.GetValueOrDefault(instanceId);
        if (standing is SagaStanding.Completed or SagaStanding.Broken && _instances.TryRemove(instanceId, out _))
            Purged.Enqueue(instanceId);
        return Task.FromResult(standing is not SagaStanding.Active);
    }

    public Task RaiseAsync<TPayload>(string instanceId, string name, TPayload payload, CancellationToken cancellationToken)
        where TPayload : class
    {
        if (NoWorker || !_instances.ContainsKey(instanceId))
            throw new RpcException(new Status(StatusCode.Unknown, "no such instance exists"));
        if (payload is PaymentUpdate update)
            Raised.Enqueue(update);
        else
            Signalled.Enqueue($"{name} {instanceId}");
        return Task.CompletedTask;
    }
}
