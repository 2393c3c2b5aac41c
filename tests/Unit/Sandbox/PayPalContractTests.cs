using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>Orders v2 and Payments v2 as PayPal publishes them.</summary>
public sealed class PayPalContractTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    private readonly PayPalClient _payPal = sandbox.PayPal;

    [Fact]
    public async Task An_order_is_approved_authorised_captured_in_parts_and_refunded_in_parts()
    {
        var payment = Requests.NewId();
        var order = PayPalClient.Order(invoice: payment);
        order["payment_source"] = JsonNode.Parse("""{"paypal":{"experience_context":{"return_url":"http://127.0.0.1:8080/checkout/return"}}}""");
        var created = await _payPal.PostAsync("/v2/checkout/orders", order, Requests.NewId());
        var id = created.GetProperty("id").GetString();
        Assert.Equal("PAYER_ACTION_REQUIRED", Status(created));
        Assert.Equal((422, "ORDER_NOT_APPROVED"), await _payPal.RefusedAsync($"/v2/checkout/orders/{id}/authorize"));
        Assert.Contains(created.GetProperty("links").EnumerateArray(), link => link.GetProperty("rel").GetString() == "payer-action");

        await ApproveByPageAsync(created);
        Assert.Equal("APPROVED", Status(await _payPal.GetAsync($"/v2/checkout/orders/{id}")));
        var authorized = await _payPal.PostAsync($"/v2/checkout/orders/{id}/authorize");
        Assert.Equal("COMPLETED", Status(authorized));
        var held = Payments(authorized, "authorizations")[0];
        Assert.Equal(("CREATED", "19.99"), (Status(held), held.GetProperty("amount").GetProperty("value").GetString()));
        var hold = "/v2/payments/authorizations/" + held.GetProperty("id").GetString();

        var first = await _payPal.PostAsync(hold + "/capture", PayPalClient.Amount("5.00"));
        Assert.Equal("PARTIALLY_CAPTURED", Status(await _payPal.GetAsync(hold)));
        Assert.Equal((422, "MAX_CAPTURE_AMOUNT_EXCEEDED"), await _payPal.RefusedAsync(hold + "/capture", PayPalClient.Amount("19.00")));
        var second = PayPalClient.Amount("10.00");
        second["final_capture"] = true;
        await _payPal.PostAsync(hold + "/capture", second);
        Assert.Equal("CAPTURED", Status(await _payPal.GetAsync(hold)));
        Assert.Equal((422, "AUTHORIZATION_ALREADY_CAPTURED"), await _payPal.RefusedAsync(hold + "/capture"));
        Assert.Equal((422, "PREVIOUSLY_CAPTURED"), await _payPal.RefusedAsync(hold + "/void"));

        var capture = "/v2/payments/captures/" + first.GetProperty("id").GetString();
        await _payPal.PostAsync(capture + "/refund", PayPalClient.Amount("2.00"));
        Assert.Equal("PARTIALLY_REFUNDED", Status(await _payPal.GetAsync(capture)));
        Assert.Equal((422, "REFUND_AMOUNT_EXCEEDED"), await _payPal.RefusedAsync(capture + "/refund", PayPalClient.Amount("3.01")));
        var rest = await _payPal.PostAsync(capture + "/refund");
        Assert.Equal("3.00", (await _payPal.GetAsync("/v2/payments/refunds/" + rest.GetProperty("id").GetString())).GetProperty("amount").GetProperty("value").GetString());
        Assert.Equal("REFUNDED", Status(await _payPal.GetAsync(capture)));
        Assert.Equal((422, "CAPTURE_FULLY_REFUNDED"), await _payPal.RefusedAsync(capture + "/refund"));

        var effects = await sandbox.EffectsAsync(payment);
        Assert.Equal((1, 2, 2, 0L, 1_500L, 500L), (
            effects.GetProperty("authorizations").GetInt32(), effects.GetProperty("captures").GetInt32(), effects.GetProperty("refunds").GetInt32(),
            effects.GetProperty("amount_authorized").GetInt64(), effects.GetProperty("amount_captured").GetInt64(), effects.GetProperty("amount_refunded").GetInt64()));
    }

    [Fact]
    public async Task A_request_id_replays_the_success_with_200_and_takes_no_other_request()
    {
        var (id, order) = (Requests.NewId(), PayPalClient.Order());
        var (first, created) = await _payPal.SendAsync(HttpMethod.Post, "/v2/checkout/orders", order, id);
        var (second, replayed) = await _payPal.SendAsync(HttpMethod.Post, "/v2/checkout/orders", order, id);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (first, second));
        Assert.Equal(created.GetRawText(), replayed.GetRawText());
        Assert.Equal((422, "DUPLICATE_REQUEST_ID"), await _payPal.RefusedAsync("/v2/checkout/orders", PayPalClient.Order(), id));

        var (_, hold) = await _payPal.HeldAsync();
        var capture = $"/v2/payments/authorizations/{hold}/capture";
        var taken = await _payPal.PostAsync(capture, PayPalClient.Amount("4.00"), id);
        Assert.Equal(taken.GetRawText(), (await _payPal.PostAsync(capture, PayPalClient.Amount("4.00"), id)).GetRawText());
        var order2 = await _payPal.GetAsync("/v2/payments/authorizations/" + hold);
        Assert.Equal("PARTIALLY_CAPTURED", Status(order2));
    }

    [Fact]
    public async Task A_refusal_is_not_kept_under_the_request_id()
    {
        var created = await _payPal.PostAsync("/v2/checkout/orders", PayPalClient.Order());
        var (path, requestId) = ($"/v2/checkout/orders/{created.GetProperty("id").GetString()}/authorize", Requests.NewId());
        Assert.Equal((422, "ORDER_NOT_APPROVED"), await _payPal.RefusedAsync(path, requestId: requestId));
        await sandbox.ControlAsync($"paypal/orders/{created.GetProperty("id").GetString()}/approve", new { });
        await _payPal.PostAsync(path, requestId: requestId);
    }

    [Fact]
    public async Task While_a_request_runs_its_id_is_taken()
    {
        var (id, order, payment) = (Requests.NewId(), PayPalClient.Order(), Requests.NewId());
        order["purchase_units"]![0]!["custom_id"] = payment;
        await sandbox.ControlAsync("faults", new { provider = "paypal", operation = "orders.create", match = new { payment_id = payment }, delay_before_ms = 2_500 });
        var slow = _payPal.PostAsync("/v2/checkout/orders", order, id);
        while ((await sandbox.Http.GetStringAsync("/_control/faults")).Contains(payment, StringComparison.Ordinal))
            await Task.Delay(5);
        Assert.Equal((409, "PREVIOUS_REQUEST_IN_PROGRESS"), await _payPal.RefusedAsync("/v2/checkout/orders", order, id));
        Assert.Equal((await slow).GetRawText(), (await _payPal.PostAsync("/v2/checkout/orders", order, id)).GetRawText());
    }

    [Theory]
    [InlineData("declined", "INSTRUMENT_DECLINED")]
    [InlineData("cannot-pay", "PAYER_CANNOT_PAY")]
    [InlineData("refused", "TRANSACTION_REFUSED")]
    [InlineData("locked", "PAYER_ACCOUNT_LOCKED_OR_CLOSED")]
    [InlineData("action-required", "PAYER_ACTION_REQUIRED")]
    [InlineData("other-funding", "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING")]
    public async Task A_buyer_who_cannot_pay_may_come_back_with_another_instrument(string buyer, string issue)
    {
        var id = await _payPal.ApprovedAsync(PayPalClient.Order(), buyer);
        Assert.Equal((422, issue), await _payPal.RefusedAsync($"/v2/checkout/orders/{id}/authorize"));
        await sandbox.ControlAsync($"paypal/orders/{id}/approve", new { });
        Assert.Equal("COMPLETED", Status(await _payPal.PostAsync($"/v2/checkout/orders/{id}/authorize")));
    }

    [Fact]
    public async Task A_saved_wallet_pays_at_once_and_needs_a_request_id()
    {
        var order = PayPalClient.Order();
        order["payment_source"] = JsonNode.Parse("""{"paypal":{"vault_id":"sandbox-buyer"}}""");
        Assert.Equal((400, "PAYPAL_REQUEST_ID_REQUIRED"), await _payPal.RefusedAsync("/v2/checkout/orders", order));
        var paid = await _payPal.PostAsync("/v2/checkout/orders", order, Requests.NewId());
        Assert.Equal(("COMPLETED", "CREATED"), (Status(paid), Status(Payments(paid, "authorizations")[0])));
        var other = PayPalClient.Order();
        other["payment_source"] = JsonNode.Parse("""{"paypal":{"vault_id":"sandbox-declined"}}""");
        Assert.Equal((422, "INSTRUMENT_DECLINED"), await _payPal.RefusedAsync("/v2/checkout/orders", other, Requests.NewId()));
    }

    [Fact]
    public async Task A_hold_can_be_voided_renewed_and_lapses()
    {
        var (_, voided) = await _payPal.HeldAsync();
        var (status, _) = await _payPal.SendAsync(HttpMethod.Post, $"/v2/payments/authorizations/{voided}/void");
        Assert.Equal(HttpStatusCode.NoContent, status);
        Assert.Equal((422, "PREVIOUSLY_VOIDED"), await _payPal.RefusedAsync($"/v2/payments/authorizations/{voided}/void"));
        Assert.Equal((422, "AUTHORIZATION_VOIDED"), await _payPal.RefusedAsync($"/v2/payments/authorizations/{voided}/capture"));

        var (_, old) = await _payPal.HeldAsync();
        var renew = $"/v2/payments/authorizations/{old}/reauthorize";
        Assert.Equal((422, "REAUTHORIZATION_TOO_SOON"), await _payPal.RefusedAsync(renew));
        await sandbox.ControlAsync("clock", new { advance_seconds = 4 * 24 * 3_600 });
        var again = new PayPalClient(sandbox.Http);
        var renewed = (await again.PostAsync(renew)).GetProperty("id").GetString();
        Assert.NotEqual(old, renewed);
        Assert.Equal((422, "REAUTHORIZATION_NOT_SUPPORTED"), await again.RefusedAsync(renew));
        Assert.Equal((422, "AUTHORIZATION_VOIDED"), await again.RefusedAsync($"/v2/payments/authorizations/{old}/capture"));
        Assert.Equal((422, "CANNOT_BE_VOIDED"), await again.RefusedAsync($"/v2/payments/authorizations/{renewed}/void"));
        await sandbox.ControlAsync("clock", new { advance_seconds = 26 * 24 * 3_600 });
        again = new PayPalClient(sandbox.Http);
        Assert.Equal((422, "AUTHORIZATION_EXPIRED"), await again.RefusedAsync($"/v2/payments/authorizations/{renewed}/capture"));
    }

    [Theory]
    [InlineData("echeck", "COMPLETED")]
    [InlineData("echeck-bounces", "DECLINED")]
    public async Task A_pending_capture_ends_later(string buyer, string end)
    {
        var (_, hold) = await _payPal.HeldAsync(buyer: buyer);
        var taken = await _payPal.PostAsync($"/v2/payments/authorizations/{hold}/capture");
        Assert.Equal("PENDING", Status(taken));
        var path = "/v2/payments/captures/" + taken.GetProperty("id").GetString();
        Assert.Equal((422, "PENDING_CAPTURE"), await _payPal.RefusedAsync(path + "/refund"));
        await sandbox.ControlAsync("clock", new { advance_seconds = 5 });
        Assert.Equal(end, Status(await _payPal.GetAsync(path)));
    }

    [Theory]
    [InlineData("refund-pending", "COMPLETED", "REFUNDED")]
    [InlineData("refund-fails", "FAILED", "COMPLETED")]
    public async Task A_pending_refund_ends_later(string buyer, string end, string capture)
    {
        var (_, hold) = await _payPal.HeldAsync(buyer: buyer);
        var path = "/v2/payments/captures/" + (await _payPal.PostAsync($"/v2/payments/authorizations/{hold}/capture")).GetProperty("id").GetString();
        var given = await _payPal.PostAsync(path + "/refund");
        Assert.Equal("PENDING", Status(given));
        await sandbox.ControlAsync("clock", new { advance_seconds = 5 });
        Assert.Equal(end, Status(await _payPal.GetAsync("/v2/payments/refunds/" + given.GetProperty("id").GetString())));
        Assert.Equal(capture, Status(await _payPal.GetAsync(path)));
    }

    [Fact]
    public async Task An_amount_must_add_up_and_be_one_the_currency_has()
    {
        var order = PayPalClient.Order(value: "12.00");
        order["purchase_units"]![0]!["amount"]!["breakdown"] = JsonNode.Parse("""{"item_total":{"currency_code":"EUR","value":"10.00"},"shipping":{"currency_code":"EUR","value":"1.00"}}""");
        Assert.Equal((422, "AMOUNT_MISMATCH"), await _payPal.RefusedAsync("/v2/checkout/orders", order));
        order["purchase_units"]![0]!["amount"]!["value"] = "11.00";
        order["purchase_units"]![0]!["items"] = JsonNode.Parse("""[{"name":"Pan","quantity":"2","unit_amount":{"currency_code":"EUR","value":"4.99"}}]""");
        Assert.Equal((422, "ITEM_TOTAL_MISMATCH"), await _payPal.RefusedAsync("/v2/checkout/orders", order));
        order["purchase_units"]![0]!["items"]![0]!["unit_amount"]!["value"] = "5.00";
        await _payPal.PostAsync("/v2/checkout/orders", order);
        Assert.Equal((422, "DECIMAL_PRECISION"), await _payPal.RefusedAsync("/v2/checkout/orders", PayPalClient.Order(value: "1.999")));
        Assert.Equal((422, "DECIMALS_NOT_SUPPORTED"), await _payPal.RefusedAsync("/v2/checkout/orders", PayPalClient.Order(value: "1.99", currency: "JPY")));
        Assert.Equal((422, "INVALID_CURRENCY_CODE"), await _payPal.RefusedAsync("/v2/checkout/orders", PayPalClient.Order(currency: "XXX")));
        Assert.Equal((422, "CANNOT_BE_ZERO_OR_NEGATIVE"), await _payPal.RefusedAsync("/v2/checkout/orders", PayPalClient.Order(value: "0.00")));
        Assert.Equal((400, "MISSING_REQUIRED_PARAMETER"), await _payPal.RefusedAsync("/v2/checkout/orders", JsonNode.Parse("""{"intent":"CAPTURE"}""")));
        Assert.Equal((404, "INVALID_RESOURCE_ID"), await _payPal.RefusedAsync("/v2/checkout/orders/NOBODY/capture"));
    }

    [Fact]
    public async Task An_invoice_number_is_paid_once()
    {
        var invoice = Requests.NewId();
        await _payPal.HeldAsync(invoice: invoice);
        var second = await _payPal.ApprovedAsync(PayPalClient.Order(invoice: invoice));
        Assert.Equal((422, "DUPLICATE_INVOICE_ID"), await _payPal.RefusedAsync($"/v2/checkout/orders/{second}/authorize"));
    }

    [Theory]
    [InlineData("INSTRUMENT_DECLINED", 422)]
    [InlineData("INTERNAL_SERVER_ERROR", 500)]
    [InlineData("RATE_LIMIT_REACHED", 429)]
    public async Task The_header_for_negative_testing_is_obeyed(string code, int status)
    {
        var id = await _payPal.ApprovedAsync(PayPalClient.Order());
        var (refused, issue) = await _payPal.RefusedAsync($"/v2/checkout/orders/{id}/authorize", null, null, ("PayPal-Mock-Response", $$"""{"mock_application_codes":"{{code}}"}"""));
        Assert.Equal((status, code), (refused, issue));
        Assert.Equal("APPROVED", Status(await _payPal.GetAsync($"/v2/checkout/orders/{id}")));
    }

    [Fact]
    public async Task A_dropped_answer_is_found_again_under_its_request_id()
    {
        var payment = Requests.NewId();
        var id = await _payPal.ApprovedAsync(PayPalClient.Order(invoice: payment));
        await sandbox.ControlAsync("faults", new { provider = "paypal", operation = "orders.authorize", kind = "drop_after", match = new { payment_id = payment } });
        var (path, requestId) = ($"/v2/checkout/orders/{id}/authorize", Requests.NewId());
        await Assert.ThrowsAsync<HttpRequestException>(() => _payPal.PostAsync(path, requestId: requestId));
        var (status, order) = await _payPal.SendAsync(HttpMethod.Post, path, null, requestId);
        Assert.Equal((HttpStatusCode.OK, "COMPLETED"), (status, Status(order)));
        Assert.Equal(1, (await sandbox.EffectsAsync(payment)).GetProperty("authorizations").GetInt32());
    }

    private async Task ApproveByPageAsync(JsonElement order)
    {
        var link = order.GetProperty("links").EnumerateArray().First(each => each.GetProperty("rel").GetString() == "payer-action").GetProperty("href").GetString()!;
        Assert.Contains("Pay as buyer", await sandbox.Http.GetStringAsync(link));
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var browser = new HttpClient(handler) { BaseAddress = sandbox.Http.BaseAddress };
        using var approved = await browser.PostAsync($"/checkoutnow/{order.GetProperty("id").GetString()}/buyer", null);
        Assert.Equal(HttpStatusCode.SeeOther, approved.StatusCode);
        Assert.StartsWith("http://127.0.0.1:8080/checkout/return?token=", approved.Headers.Location!.ToString());
    }

    private static string Status(JsonElement body) => body.GetProperty("status").GetString()!;

    private static JsonElement Payments(JsonElement order, string kind) => order.GetProperty("purchase_units")[0].GetProperty("payments").GetProperty(kind);
}
