using System.Text.Json;
using NexusCart.Gateway.Contract;
using NexusCart.Gateway.OpenApi;

namespace NexusCart.Tests.Unit.Gateway;

/// <summary>The OpenAPI document says what the gateway does.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task Every_public_rpc_is_in_the_document_with_its_key_and_token()
    {
        var document = await ReadAsync();
        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString());
        Assert.NotEmpty(PublicContract.Rpcs);
        foreach (var rpc in PublicContract.Rpcs)
        {
            var operation = document.GetProperty("paths").GetProperty(rpc.Path).GetProperty(rpc.HttpMethod.ToLowerInvariant());
            Assert.True(operation.TryGetProperty("description", out _), $"{rpc.RpcPath} has no comment in the contract.");
            Assert.True(operation.GetProperty("responses").TryGetProperty("default", out _));
            Assert.Equal(rpc.Access != Access.Anonymous, operation.TryGetProperty("security", out _));
            Assert.Equal(rpc.HasBody, operation.TryGetProperty("requestBody", out _));
            Assert.Equal(rpc.NeedsKey, Parameters(operation).Contains("Idempotency-Key"));
        }
        var operations = document.GetProperty("paths").EnumerateObject().Sum(path => path.Value.EnumerateObject().Count());
        Assert.Equal(PublicContract.Rpcs.Count, operations);
    }

    [Fact]
    public async Task Every_reference_leads_somewhere()
    {
        var document = await ReadAsync();
        var text = document.GetRawText();
        foreach (var reference in System.Text.RegularExpressions.Regex.Matches(text, "\"#/([^\"]+)\"").Select(m => m.Groups[1].Value).Distinct())
        {
            var found = document;
            foreach (var part in reference.Split('/')) Assert.True(found.TryGetProperty(part, out found), reference);
        }
    }

    [Fact]
    public async Task Long_numbers_are_strings_and_comments_are_descriptions()
    {
        var schemas = (await ReadAsync()).GetProperty("components").GetProperty("schemas");
        var minorUnits = schemas.GetProperty("Money").GetProperty("properties").GetProperty("minorUnits");
        Assert.Equal(("string", "int64"), (minorUnits.GetProperty("type").GetString(), minorUnits.GetProperty("format").GetString()));
        Assert.Contains("minor units", minorUnits.GetProperty("description").GetString());
        Assert.Contains("ORDER_STATUS_PAID", schemas.GetProperty("OrderStatus").GetRawText());
    }

    [Fact]
    public void Every_mutation_has_a_key_or_says_why_not()
    {
        // By natural id (receipt_id, a payment method's token, a task, a campaign, sku, a session, an address, an API key, a ticket, a sale or
        // claim, the account itself, a shipment, a return), or no mutation at all.
        string[] fine =
        [
            "UpsertProducts", "ReceiveStock", "GetProducts", "GetAvailability", "QuoteCheckout",
            "SavePaymentMethod", "DeletePaymentMethod", "ResolveTask", "Reconcile",
            "EndSession", "EndAllSessions", "ChangePassword", "EraseAccount", "SetRoles", "SetCustomerGroup",
            "PutProduct", "PutCategory", "DeleteCategory", "PutBrand", "PutAttribute", "DeleteAttribute", "PutPriceList", "SetListPrices",
            "RequestPasswordReset", "ResetPassword", "RequestEmailVerification", "VerifyEmail", "PutAddress", "RemoveAddress", "PutApiKey", "RemoveApiKey",
            "PutCampaign", "PutPromotion", "PutCouponBatch", "Simulate", "CreateFlashSale", "ScheduleFlashSale", "EndFlashSale", "EnterWaitingRoom", "GiveUpClaim",
            "PutWebhookEndpoint", "RemoveWebhookEndpoint", "ReplayDeadLetter", "DiscardDeadLetter",
            "ClaimOrder", "TrackShipment", "MoveShipment", "DecideReturn", "ReceiveReturn", "SettleTask", "OpenCell",
        ];
        // And by natural id: an adjustment, a transfer, a SKU, a warehouse.
        fine = [.. fine, "AdjustStock", "TransferStock", "SetStockPolicy", "PutWarehouse"];
        var open = PublicContract.Rpcs.Where(rpc => rpc.HttpMethod != "GET" && !rpc.NeedsKey && !fine.Contains(rpc.Method.Name));
        Assert.Empty(open.Select(rpc => rpc.RpcPath));
    }

    private static IEnumerable<string?> Parameters(JsonElement operation) =>
        operation.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray().Select(p => p.GetProperty("name").GetString()) : [];

    private static async Task<JsonElement> ReadAsync() => JsonSerializer.Deserialize<JsonElement>(await OpenApiEndpoint.RenderAsync());
}
