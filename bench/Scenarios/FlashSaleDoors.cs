using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Grpc.Core;
using Grpc.Net.Client;
using NexusCart.Bench.Load;
using NexusCart.Promotions.V1;
using NexusCart.Tests.Harness;
using FlashSalesClient = NexusCart.Promotions.V1.FlashSales.FlashSalesClient;

namespace NexusCart.Bench.Scenarios;

/// <summary>What a customer was told.</summary>
/// <param name="ClaimId">The claim he got; null for none.</param>
/// <param name="Refusal">Why he got none; null when he did.</param>
internal sealed record ClaimAnswer(string? ClaimId, string? Refusal);

/// <summary>Where customers come in.</summary>
internal interface ISaleDoor : IDisposable
{
    /// <summary>Takes a ticket.</summary>
    Task<string> EnterAsync(string token, CancellationToken cancellation);

    /// <summary>Claims one unit.</summary>
    Task<ClaimAnswer> ClaimAsync(string token, string ticket, CancellationToken cancellation);
}

/// <summary>The doors of a sale.</summary>
internal static class SaleDoors
{
    private const int FirstPause = 50;
    private const int LongestPause = 1_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Opens one.</summary>
    public static ISaleDoor Open(SaleDoor door, RunningShop shop, string saleId) => door switch
    {
        SaleDoor.Http => new HttpSaleDoor(shop.Address.Http, saleId),
        SaleDoor.Gateway => new GrpcSaleDoor(shop.Address.Grpc, saleId),
        _ => new GrpcSaleDoor(shop.AppAddress("promotions"), saleId),
    };

    /// <summary>
    /// What a good client does: the same request under the same key until it is answered, with longer and longer pauses, so that a shop that
    /// has to come back can. What it waited is part of its latency.
    /// </summary>
    public static async Task<T> RepeatAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        for (var pause = FirstPause; ; pause = Math.Min(2 * pause, LongestPause))
        {
            try
            {
                return await call();
            }
            catch (Exception failure) when (
                IsPassing(failure) && Stopwatch.GetElapsedTime(started) < Patience && !cancellation.IsCancellationRequested)
            {
                await Task.Delay((pause / 2) + Random.Shared.Next(pause), cancellation);
            }
        }
    }

    private static bool IsPassing(Exception failure) => failure switch
    {
        RpcException rpc => rpc.StatusCode
            is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Unknown or StatusCode.ResourceExhausted or StatusCode.Cancelled or StatusCode.DeadlineExceeded,
        HttpRequestException http => http.StatusCode is null or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError,
        TaskCanceledException => true,
        _ => false,
    };
}

/// <summary>Comes by gRPC, over a few connections.</summary>
internal sealed class GrpcSaleDoor(Uri address, string saleId) : ISaleDoor
{
    private const int Connections = 4;
    private readonly GrpcChannel[] _channels = [.. Enumerable.Range(0, Connections).Select(_ => Clients.Grpc(address))];
    private FlashSalesClient[]? _clients;
    private int _next;

    public async Task<string> EnterAsync(string token, CancellationToken cancellation)
    {
        using var call = Next().EnterWaitingRoomAsync(new EnterWaitingRoomRequest { SaleId = saleId }, Headers(token), cancellationToken: cancellation);
        return (await call).Ticket_;
    }

    public async Task<ClaimAnswer> ClaimAsync(string token, string ticket, CancellationToken cancellation)
    {
        var headers = Headers(token);
        headers.Add("idempotency-key", "claim");
        using var call = Next().ClaimAsync(new ClaimRequest { SaleId = saleId, Ticket = ticket }, headers, cancellationToken: cancellation);
        var answer = await call;
        return answer.Claimed ? new ClaimAnswer(answer.Claim.ClaimId, null) : new ClaimAnswer(null, answer.Refusal);
    }

    public void Dispose() => Array.ForEach(_channels, channel => channel.Dispose());

    private FlashSalesClient Next()
    {
        var clients = _clients ??= Array.ConvertAll(_channels, channel => new FlashSalesClient(channel));
        return clients[(uint)Interlocked.Increment(ref _next) % Connections];
    }

    private static Metadata Headers(string token) => new() { { "authorization", "Bearer " + token } };
}

/// <summary>Comes by HTTP/1.1 and JSON.</summary>
internal sealed class HttpSaleDoor(Uri address, string saleId) : ISaleDoor
{
    private readonly HttpClient _http = Clients.Http(address);

    public async Task<string> EnterAsync(string token, CancellationToken cancellation) =>
        (await PostAsync("enter", token, "{}"u8.ToArray(), SaleAnswersJson.Default.TicketBody, cancellation)).Ticket;

    public async Task<ClaimAnswer> ClaimAsync(string token, string ticket, CancellationToken cancellation)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new TicketBody(ticket), SaleAnswersJson.Default.TicketBody);
        var answer = await PostAsync("claims", token, body, SaleAnswersJson.Default.ClaimBody, cancellation);
        return answer.Claimed ? new ClaimAnswer(answer.Claim!.ClaimId, null) : new ClaimAnswer(null, answer.Refusal);
    }

    public void Dispose() => _http.Dispose();

    private async Task<T> PostAsync<T>(
        string what, string token, byte[] body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> json, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/flash-sales/{saleId}/{what}") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = Json;
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        request.Headers.TryAddWithoutValidation("Idempotency-Key", "claim");
        using var answer = await _http.SendAsync(request, cancellation);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync(json, cancellation))!;
    }

    private static MediaTypeHeaderValue Json { get; } = new("application/json");
}

internal sealed record TicketBody(string Ticket);

internal sealed record ClaimBody(bool Claimed, ClaimName? Claim, string? Refusal);

internal sealed record ClaimName(string ClaimId);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(TicketBody))]
[JsonSerializable(typeof(ClaimBody))]
internal sealed partial class SaleAnswersJson : JsonSerializerContext;
