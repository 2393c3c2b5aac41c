using System.Buffers.Binary;
using System.Net;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;
using NexusCart.Promotions.V1;

namespace NexusCart.Tests.Unit.Gateway;

/// <summary>Units left of a flash sale, as server-sent events.</summary>
public sealed class FlashSaleStreamTests : IAsyncLifetime
{
    private const string Path = "/v1/flash-sales/autumn/live";
    private GatewayHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(settings: new() { ["LIVE_STREAMS_MOST"] = "2" });
        _host.Sidecar.Answer = AnswerAsync;
    }

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task The_first_news_are_asked_for_and_the_others_come_by_broadcast()
    {
        using var answer = await OpenAsync();
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal((5, 10, "live"), await NextAsync(lines));

        await TellAsync(version: 6, left: 9);
        Assert.Equal((6, 9, "live"), await NextAsync(lines));
        // Old news, and a repetition, are no news.
        await TellAsync(version: 4, left: 8);
        await TellAsync(version: 6, left: 7);
        await TellAsync(version: 9, left: 0, status: "ended");
        Assert.Equal((9, 0, "ended"), await NextAsync(lines));
        Assert.Null(await lines.ReadLineAsync());
    }

    [Fact]
    public async Task A_sale_that_is_not_there_has_no_stream()
    {
        var answer = await _host.SendAsync(HttpMethod.Get, "/v1/flash-sales/nothing/live");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Only_so_many_may_listen()
    {
        using var first = await OpenAsync();
        using var second = await OpenAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await OpenAsync()).StatusCode);
    }

    private Task<HttpResponseMessage> OpenAsync() => _host.Http.GetAsync(Path, HttpCompletionOption.ResponseHeadersRead);

    private static async Task<(int Version, int Left, string Status)> NextAsync(StreamReader lines)
    {
        var id = int.Parse((await lines.ReadLineAsync())!["id: ".Length..], null);
        Assert.Equal("event: flash-sale", await lines.ReadLineAsync());
        var data = JsonSerializer.Deserialize<JsonElement>((await lines.ReadLineAsync())!["data: ".Length..]);
        Assert.Equal("", await lines.ReadLineAsync());
        Assert.Equal(id, data.GetProperty("version").GetInt32());
        return (id, data.GetProperty("unitsLeft").GetInt32(), data.GetProperty("status").GetString()!);
    }

    private async Task TellAsync(int version, int left, string status = "live")
    {
        var at = DateTimeOffset.UnixEpoch;
        using var content = new StringContent(JsonSerializer.Serialize(new
        {
            specversion = "1.0",
            id = $"autumn:{version}:{left}",
            source = "promotions",
            type = "promotion.flash_sale_changed.v1",
            data = new { saleId = "autumn", status, units = 10, unitsLeft = left, unitsPaid = 0, startsAt = at, endsAt = at, version },
        }));
        var answer = await _host.AppPort.PostAsync("/events/broadcast/promotions", content);
        Assert.Contains("SUCCESS", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>The sidecar's gRPC port, where promotions would answer.</summary>
    private async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "application/grpc";
        var request = GetFlashSaleRequest.Parser.ParseFrom(_host.Sidecar.Arrivals[^1].Body.AsSpan(5));
        if (request.SaleId != "autumn")
        {
            context.Response.Headers["grpc-status"] = "5";
            return;
        }

        var time = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch);
        var sale = new FlashSale
        {
            Terms = new FlashSaleTerms { SaleId = "autumn", Units = 10, StartsAt = time, EndsAt = time }, Status = FlashSaleStatus.Live, UnitsLeft = 10, Version = 5,
        }.ToByteArray();
        var frame = new byte[5 + sale.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), sale.Length);
        sale.CopyTo(frame, 5);
        await context.Response.Body.WriteAsync(frame);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
