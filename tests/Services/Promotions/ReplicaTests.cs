using Grpc.Core;
using Grpc.Net.Client;
using NexusCart.Common.V1;
using NexusCart.Promotions.V1;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Testing;
using NexusCart.Tests.Services.Payments;
using PromotionsClient = NexusCart.Promotions.V1.Promotions.PromotionsClient;

namespace NexusCart.Tests.Services.Promotions;

/// <summary>Two replicas of promotions: each evaluates what either was told, also after it was away.</summary>
public sealed class ReplicaTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-promotions-").FullName;
    private readonly Replica[] _replicas = [new(), new()];
    private SidecarFixture _dapr = null!;
    private long _version;

    public async ValueTask InitializeAsync()
    {
        var components = await ServiceProgram.CopyComponentsAsync(
            _folder, static (_, yaml) => yaml, "statestore.yaml", "pubsub.yaml", "secretstore.yaml");
        _dapr = await SidecarFixture.StartAsync(options =>
        {
            options.AppId = "promotions";
            options.AppProtocol = AppProtocol.H2c;
            options.ResourcesPath = components;
            // The actors of a replica that is killed must move to the other.
            options.AppHealthCheckPath = "/healthz";
            options.AppHealthThreshold = 10; // A pause of a busy machine is no end: what is told to all meanwhile would be lost.
        });
        await Task.WhenAll(_replicas[0].StartAsync(_dapr.App), _replicas[1].StartAsync(await _dapr.AddAppAsync("promotions", AppProtocol.H2c)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        await _dapr.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Both_evaluate_what_either_was_told()
    {
        var (one, other) = (_replicas[0], _replicas[1]);
        await one.PutAsync(_version++, minorUnits: 500);
        Assert.Equal(500, await one.TakenOffAsync());
        await other.SeesAsync(500);

        await other.PutAsync(_version++, minorUnits: 300);
        await one.SeesAsync(300);

        await one.PutAsync(_version++, minorUnits: 300, isActive: false);
        await other.SeesAsync(0);

        // What happened while it was away it reads when it starts.
        await other.KillAsync();
        await one.PutAsync(_version++, minorUnits: 700);
        await other.StartAsync();
        await other.SeesAsync(700);

        // And it hears of changes again.
        await one.PutAsync(_version++, minorUnits: 100);
        await other.SeesAsync(100);
    }

    /// <summary>One of them, called at its own port.</summary>
    private sealed class Replica : IAsyncDisposable
    {
        private readonly ServiceProgram _program = new("services/promotions", "NexusCart.Promotions.dll");
        private AppSidecar _sidecar = null!;
        private GrpcChannel _channel = null!;
        private PromotionsClient _client = null!;

        public Task StartAsync(AppSidecar sidecar)
        {
            _sidecar = sidecar;
            _channel = GrpcChannel.ForAddress(sidecar.AppAddress);
            _client = new PromotionsClient(_channel);
            return StartAsync();
        }

        public Task StartAsync() => _program.StartAsync(_sidecar, IsUpAsync);

        public Task KillAsync() => _program.KillAsync();

        /// <summary>Makes the promotion, or replaces a version of it. While the other is away its actors are, for a moment.</summary>
        public Task PutAsync(long version, long minorUnits, bool isActive = true)
        {
            var promotion = new Promotion
            {
                Version = version, Name = "Off", Active = isActive, Selection = new Selection { Skus = { "mug" } },
                FixedAmount = new FixedReward { Amount = new Money { MinorUnits = minorUnits, Currency = "EUR" } },
            };
            return _program.EventuallyAsync($"version {version} is replaced", () => AnswersAsync(() => _client.PutPromotionAsync(
                new PutPromotionRequest { PromotionId = "off", Promotion = promotion }, FlashSaleFixture.Staff(), FlashSaleFixture.Deadline()).ResponseAsync));
        }

        /// <summary>What it takes off a basket.</summary>
        public async Task<long> TakenOffAsync()
        {
            var basket = new EvaluateRequest
            {
                Currency = "EUR", CustomerId = "ann", Lines = { new BasketLine { Sku = "mug", Quantity = 1, UnitPriceMinorUnits = 2_000 } },
            };
            return (await _client.EvaluateAsync(basket, Tokens.Service(), FlashSaleFixture.Deadline())).Applied.Sum(applied => applied.AmountMinorUnits);
        }

        public Task SeesAsync(long minorUnits) =>
            _program.EventuallyAsync($"a replica takes {minorUnits} off", async () => await TakenOffAsync() == minorUnits);

        public async ValueTask DisposeAsync()
        {
            await _program.DisposeAsync();
            _channel?.Dispose();
        }

        /// <summary>A replica evaluates once it has read everything.</summary>
        private Task<bool> IsUpAsync() => AnswersAsync(TakenOffAsync);

        private static async Task<bool> AnswersAsync<T>(Func<Task<T>> call)
        {
            try
            {
                await call();
                return true;
            }
            catch (RpcException notYet) when (notYet.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
            {
                return false;
            }
        }
    }
}
