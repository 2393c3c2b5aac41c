using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Grpc.Core;
using Grpc.Net.Client;
using NexusCart.Carts.V1;
using NexusCart.Catalog.V1;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Payments.V1;
using NexusCart.Promotions.V1;

namespace NexusCart.Cli.Shop;

/// <summary>Where a shop's gateway answers.</summary>
/// <param name="Http">The public HTTP address.</param>
/// <param name="Grpc">The public gRPC (h2c) address.</param>
public sealed record ShopAddress(Uri Http, Uri Grpc)
{
    /// <summary>The gateway of a shop started on this machine with the default ports.</summary>
    public static ShopAddress Local { get; } = new(new Uri("http://localhost:8080"), new Uri("http://localhost:8081"));
}

/// <summary>A shop as a client sees it: only what the gateway serves.</summary>
public sealed class ShopClient : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <param name="address">The gateway.</param>
    public ShopClient(ShopAddress address)
    {
        Http = new HttpClient { BaseAddress = address.Http, Timeout = TimeSpan.FromSeconds(60) };
        _channel = GrpcChannel.ForAddress(address.Grpc);
        Catalog = new Catalog.V1.Catalog.CatalogClient(_channel);
        Inventory = new Inventory.V1.Inventory.InventoryClient(_channel);
        Carts = new Carts.V1.Carts.CartsClient(_channel);
        Orders = new Orders.V1.Orders.OrdersClient(_channel);
        Payments = new Payments.V1.Payments.PaymentsClient(_channel);
        Promotions = new Promotions.V1.Promotions.PromotionsClient(_channel);
        FlashSales = new FlashSales.FlashSalesClient(_channel);
    }

    /// <summary>The gateway over HTTP.</summary>
    public HttpClient Http { get; }

    /// <summary>Products.</summary>
    public Catalog.V1.Catalog.CatalogClient Catalog { get; }

    /// <summary>Stock.</summary>
    public Inventory.V1.Inventory.InventoryClient Inventory { get; }

    /// <summary>Carts.</summary>
    public Carts.V1.Carts.CartsClient Carts { get; }

    /// <summary>Orders.</summary>
    public Orders.V1.Orders.OrdersClient Orders { get; }

    /// <summary>Payments: the auditor's view only.</summary>
    public Payments.V1.Payments.PaymentsClient Payments { get; }

    /// <summary>Coupons, promotions and campaigns.</summary>
    public Promotions.V1.Promotions.PromotionsClient Promotions { get; }

    /// <summary>Flash sales.</summary>
    public FlashSales.FlashSalesClient FlashSales { get; }

    /// <summary>Takes a token from the development issuer: without a subject a new guest's, else that subject's with these roles.</summary>
    /// <exception cref="HttpRequestException">The gateway is not there, or runs outside Development.</exception>
    public Task<AccessToken> GetTokenAsync(string? subject, IReadOnlyList<string> roles, CancellationToken cancellation) =>
        GetTokenAsync(subject, roles, customerGroup: null, cancellation);

    /// <summary>The same, with the customer group whose prices hold.</summary>
    /// <exception cref="HttpRequestException">The gateway is not there, or runs outside Development.</exception>
    public async Task<AccessToken> GetTokenAsync(
        string? subject, IReadOnlyList<string> roles, string? customerGroup, CancellationToken cancellation)
    {
        var answer = await Http.PostAsJsonAsync("/dev/tokens", new TokenRequest(subject, roles, customerGroup), TokenJson.Default.TokenRequest, cancellation);
        answer.EnsureSuccessStatusCode();
        var token = await answer.Content.ReadFromJsonAsync(TokenJson.Default.AccessToken, cancellation);
        return token ?? throw new HttpRequestException("The development issuer answered without a token.");
    }

    /// <summary>Waits until the gateway says that it is ready.</summary>
    /// <exception cref="TimeoutException">It did not within <paramref name="limit"/>.</exception>
    public async Task WaitUntilUpAsync(TimeSpan limit, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(limit);
        while (true)
        {
            try
            {
                await Catalog.ListCategoriesAsync(new ListCategoriesRequest(), cancellationToken: timeout.Token);
                return;
            }
            catch (RpcException e) when (e.StatusCode is (StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal or StatusCode.Unknown) && !timeout.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250), cancellation);
            }
            catch (RpcException e) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                throw new TimeoutException($"No shop answered at {Http.BaseAddress} within {limit.TotalSeconds:0} s.", e);
            }
        }
    }

    /// <summary>Call headers that carry a token and, for a mutation, its idempotency key.</summary>
    public static Metadata Headers(AccessToken token, string? idempotencyKey = null)
    {
        var headers = new Metadata { { "authorization", "Bearer " + token.Value } };
        if (idempotencyKey is not null)
            headers.Add("idempotency-key", idempotencyKey);
        return headers;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Http.Dispose();
        _channel.Dispose();
    }
}

/// <summary>What the development issuer is asked.</summary>
internal sealed record TokenRequest(
    [property: JsonPropertyName("subject")] string? Subject,
    [property: JsonPropertyName("roles")] IReadOnlyList<string> Roles,
    [property: JsonPropertyName("customerGroup")] string? CustomerGroup = null);

/// <summary>A bearer token.</summary>
/// <param name="Value">The token; shown to the shop only.</param>
/// <param name="Subject">Whom it speaks for.</param>
/// <param name="ExpiresIn">Seconds it is good for.</param>
public sealed record AccessToken(
    [property: JsonPropertyName("access_token")] string Value,
    [property: JsonPropertyName("subject")] string Subject,
    [property: JsonPropertyName("expires_in")] int ExpiresIn);

[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(AccessToken))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class TokenJson : JsonSerializerContext;
