using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NexusCart.Catalog.V1;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Testing;
using NexusCart.Tests.Services.Payments;
using CatalogRpc = NexusCart.Catalog.V1.Catalog;
using InventoryRpc = NexusCart.Inventory.V1.Inventory;
using OrdersRpc = NexusCart.Orders.V1.Orders;

namespace NexusCart.Tests.Services.Carts;

/// <summary>An HTTP answer.</summary>
public sealed record Answer(int Status, string Text)
{
    /// <summary>The body.</summary>
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    /// <summary>Units of each line, in the cart's order.</summary>
    public IEnumerable<(string Sku, int Quantity)> Lines => Json.GetProperty("lines").EnumerateArray()
        .Select(line => (line.GetProperty("sku").GetString()!, line.GetProperty("quantity").GetInt32()));

    /// <summary>The notices.</summary>
    public IEnumerable<JsonElement> Notices => Json.GetProperty("notices").EnumerateArray();

    /// <summary>The kinds of the notices, without what they have in common.</summary>
    public IEnumerable<string> NoticeKinds => Notices.Select(notice => notice.GetProperty("kind").GetString()!["CART_NOTICE_KIND_".Length..]);
}

/// <summary>The services that carts asks, answering what a test wants. Nothing is sold that has no price here.</summary>
public sealed class Neighbours
{
    /// <summary>Prices in cents of a euro.</summary>
    public ConcurrentDictionary<string, long> Prices { get; } = new();

    /// <summary>Prices in minor units from a number of units on, the lowest first, of a SKU in a currency; before those in euro.</summary>
    public ConcurrentDictionary<(string Sku, string Currency), IReadOnlyList<(int From, long Price)>> Tiers { get; } = new();

    /// <summary>Units for sale.</summary>
    public ConcurrentDictionary<string, int> Stock { get; } = new();

    /// <summary>The status that inventory answers with instead.</summary>
    public StatusCode? Inventory { get; set; }

    /// <summary>The status that orders answers with instead.</summary>
    public StatusCode? Orders { get; set; }

    /// <summary>The discount of the next quotes.</summary>
    public long Discount { get; set; }

    /// <summary>What the cart has come to meanwhile, for the next quotes; 0 for what it is.</summary>
    public long Meanwhile { get; set; }
}

/// <summary>
/// The carts program in a process of its own, behind a real sidecar on the embedded stores; its neighbours are in this process, behind
/// sidecars of theirs.
/// </summary>
public sealed class CartsFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-carts-").FullName;
    private readonly ServiceProgram _program = new("services/carts", "NexusCart.Carts.dll");
    private readonly List<WebApplication> _neighbours = [];
    private SidecarFixture _dapr = null!;
    private HttpClient _http = null!;
    private int _keys;

    /// <summary>What the neighbours answer.</summary>
    public Neighbours Neighbours { get; } = new();

    /// <summary>What the program wrote.</summary>
    public string Output => _program.Output;

    public async ValueTask InitializeAsync()
    {
        var components = await ServiceProgram.CopyComponentsAsync(
            _folder, static (_, yaml) => yaml, "statestore.yaml", "pubsub.yaml", "secretstore.yaml");
        _dapr = await SidecarFixture.StartAsync(options =>
        {
            options.AppId = "carts";
            options.AppProtocol = AppProtocol.H2c;
            options.ResourcesPath = components;
        });
        await AddNeighbourAsync("catalog", app => app.MapGrpcService<FakeCatalog>());
        await AddNeighbourAsync("inventory", app => app.MapGrpcService<FakeInventory>());
        await AddNeighbourAsync("orders", app => app.MapGrpcService<FakeOrders>());
        _http = new HttpClient { BaseAddress = new Uri(_dapr.App.HttpEndpoint) };
        await _program.StartAsync(_dapr.App, async () => (await SendAsync(HttpMethod.Post, "/v1/carts", "probe", new { })).Status == 200, ("Carts__CallTimeout", "00:00:30"), ("Carts__CheckTimeout", "00:00:30"));
    }

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        _http.Dispose();
        foreach (var neighbour in _neighbours)
            await neighbour.DisposeAsync();
        await _dapr.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Calls carts over its sidecar, as the gateway does.</summary>
    /// <param name="method">The verb.</param>
    /// <param name="path">The path.</param>
    /// <param name="subject">Whose token it is; "guest-…" is a guest.</param>
    /// <param name="body">The body.</param>
    /// <param name="key">The idempotency key; a new one when null.</param>
    public async Task<Answer> SendAsync(HttpMethod method, string path, string subject, object? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("dapr-app-id", "carts");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TokenOf(subject));
        request.Headers.Add("Idempotency-Key", key ?? $"key-{Interlocked.Increment(ref _keys)}");
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var answer = await _http.SendAsync(request);
        return new Answer((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Publishes an event as a service of the shop does.</summary>
    public async Task PublishAsync(string topic, string type, object data, string id)
    {
        var envelope = new { specversion = "1.0", id, source = "test", type, subject = "s", time = "2025-01-01T00:00:00Z", datacontenttype = "application/json", data };
        using var content = new StringContent(JsonSerializer.Serialize(envelope), System.Text.Encoding.UTF8, "application/cloudevents+json");
        using var answer = await _http.PostAsync($"/v1.0/publish/pubsub/{topic}", content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Waits for a condition.</summary>
    public Task EventuallyAsync(string what, Func<Task<bool>> holds) => _program.EventuallyAsync(what, holds);

    /// <summary>A token; subjects that begin with "guest-" are guests.</summary>
    public static string TokenOf(string subject) =>
        subject.StartsWith("guest-", StringComparison.Ordinal) ? Tokens.Of(subject, "guest") : Tokens.Of(subject);

    /// <summary>A new cart with lines.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> CartAsync(string subject, params IEnumerable<(string Sku, int Quantity)> lines)
    {
        var made = await SendAsync(HttpMethod.Post, "/v1/carts", subject, new { currency = "EUR" });
        Assert.True(made.Status == 200, made.Text);
        var id = made.Json.GetProperty("cartId").GetString()!;
        foreach (var (sku, quantity) in lines)
        {
            Neighbours.Prices.TryAdd(sku, 1_000);
            Neighbours.Stock.TryAdd(sku, 100);
            var added = await SendAsync(HttpMethod.Post, $"/v1/carts/{id}/lines", subject, new { sku, quantity });
            Assert.True(added.Status == 200, added.Text);
        }

        return id;
    }

    private async Task AddNeighbourAsync(string appId, Action<WebApplication> map)
    {
        var sidecar = await _dapr.AddAppAsync(appId, AppProtocol.H2c);
        var builder = WebApplication.CreateBuilder().UseSidecar(sidecar);
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(Neighbours);
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        _neighbours.Add(app);
    }

    private sealed class FakeCatalog(Neighbours neighbours) : CatalogRpc.CatalogBase
    {
        public override Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
        {
            var answer = new GetProductsResponse();
            foreach (var sku in request.Skus)
            {
                if (PriceOf(sku, request.Currency, request.Quantities.GetValueOrDefault(sku, 1)) is { } price)
                    answer.Products.Add(new Product { Sku = sku, Title = sku, Active = true, Price = price });
            }

            return Task.FromResult(answer);
        }

        private Money? PriceOf(string sku, string currency, int quantity)
        {
            if (neighbours.Tiers.TryGetValue((sku, currency), out var tiers) && tiers.LastOrDefault(tier => tier.From <= quantity) is { From: > 0 } reached)
                return new Money { MinorUnits = reached.Price, Currency = currency };
            return neighbours.Prices.TryGetValue(sku, out var price) ? new Money { MinorUnits = price, Currency = "EUR" } : null;
        }
    }

    private sealed class FakeInventory(Neighbours neighbours) : InventoryRpc.InventoryBase
    {
        public override Task<GetAvailabilityResponse> GetAvailability(GetAvailabilityRequest request, ServerCallContext context)
        {
            if (neighbours.Inventory is { } status)
                throw new RpcException(new Status(status, "inventory says no"));
            var answer = new GetAvailabilityResponse();
            answer.Items.AddRange(request.Skus.Select(sku => new Availability
            {
                Sku = sku, Known = neighbours.Stock.ContainsKey(sku), Available = neighbours.Stock.GetValueOrDefault(sku),
            }));
            return Task.FromResult(answer);
        }
    }

    private sealed class FakeOrders(Neighbours neighbours) : OrdersRpc.OrdersBase
    {
        public override Task<CheckoutQuote> QuoteCheckout(QuoteCheckoutRequest request, ServerCallContext context)
        {
            if (neighbours.Orders is { } status)
                throw new RpcException(new Status(status, "orders says no"));
            var subtotal = neighbours.Meanwhile > 0 ? neighbours.Meanwhile : 2_000;
            return Task.FromResult(new CheckoutQuote
            {
                Subtotal = Eur(subtotal),
                Shipping = new ShippingOption { MethodId = "parcel", Price = Eur(490) },
                Taxes = { new TaxTotal { RateBasisPoints = 1900, Net = Eur(1), Amount = Eur(398) } },
                TaxIncluded = true,
                Total = Eur(subtotal + 490 - neighbours.Discount),
            });
        }

        private static Money Eur(long amount) => new() { MinorUnits = amount, Currency = "EUR" };
    }
}
