using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Api;
using NexusCart.Orders.Domain;
using NexusCart.Orders.V1;
using NexusCart.Tests.Unit.Platform;
using OrdersClient = NexusCart.Orders.V1.Orders.OrdersClient;
using Wire = NexusCart.Orders.V1;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>What customers and staff do after the checkout, and what an attacker tries.</summary>
public sealed class AfterSalesApiTests : IAsyncLifetime
{
    private static readonly string[] StaffRoles = ["orders.read", "orders.write"];

    private readonly OrdersBench _bench = new();
    private readonly FakeUsers _users = new();
    private PlatformHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await PlatformHost.StartAsync(
        builder => builder.Services
            .AddSingleton(_bench.Store)
            .AddSingleton(new QuoteReader(new FakeCarts(), new FakeCatalog(), new FakeFlashSales(), Pricing.Desk(Pricing.GermanTax), new FakePromotions()))
            .AddSingleton(services => new CheckoutDesk(
                _bench.Store, _bench.Watch, services.GetRequiredService<QuoteReader>(), _bench.Options, _bench.Clock))
            .AddAfterSales(_bench, _users),
        app => app.MapGrpcService<OrdersService>());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task An_order_is_split_sent_and_delivered_and_every_action_is_in_the_audit_log()
    {
        var orderId = await _bench.SellAsync();
        var made = await Client.CreateShipmentAsync(
            new Wire.CreateShipmentRequest { OrderId = orderId, WarehouseId = "south", Lines = { Mugs(1) } }, Staff("k1"));
        Assert.Equal([("s1", "main", 1), ("s2", "south", 1)], made.Order.Shipments.Select(shipment => (shipment.ShipmentId, shipment.WarehouseId, shipment.Lines.Single().Quantity)));

        await Client.TrackShipmentAsync(new Wire.TrackShipmentRequest { OrderId = orderId, ShipmentId = "s2", Carrier = "Post", TrackingNumber = "JJD0001" }, Staff());
        var part = await MoveAsync(orderId, "s2", Wire.ShipmentStatus.Shipped);
        Assert.Equal((Wire.OrderStatus.PartiallyShipped, 1), (part.Order.Status, part.Order.Lines[0].Shipped));
        await MoveAsync(orderId, "s1", Wire.ShipmentStatus.Shipped);
        await MoveAsync(orderId, "s1", Wire.ShipmentStatus.Shipped);
        await MoveAsync(orderId, "s1", Wire.ShipmentStatus.Delivered);
        Assert.Equal(Wire.OrderStatus.Delivered, (await MoveAsync(orderId, "s2", Wire.ShipmentStatus.Delivered)).Order.Status);
        await _bench.SettleAsync();

        Assert.Equal(
            ["shipment.create s2", "shipment.track s2", "shipment.shipped s2", "shipment.shipped s1", "shipment.delivered s1", "shipment.delivered s2"],
            _bench.Books.Actions);
        Assert.All(_bench.Books.Log, record => Assert.Equal("sam", record.StaffId));
        Assert.Equal(
            ["s1:created", "s1:delivered", "s1:shipped", "s2:created", "s2:delivered", "s2:shipped"],
            _bench.Publisher.Ids.Where(id => id.Contains(":s", StringComparison.Ordinal)).Select(id => id[(orderId.Length + 1)..]).Order(StringComparer.Ordinal));

        var log = await Client.ListAuditLogAsync(new ListAuditLogRequest { PageSize = 4 }, Headers("eve", roles: ["audit.read"]));
        var rest = await Client.ListAuditLogAsync(new ListAuditLogRequest { PageSize = 4, PageToken = log.NextPageToken }, Headers("eve", roles: ["audit.read"]));
        Assert.Equal(["shipment.delivered", "shipment.delivered", "shipment.shipped", "shipment.shipped", "shipment.track", "shipment.create"],
            log.Entries.Concat(rest.Entries).Select(entry => entry.Action));
        Assert.Equal(("", orderId), (rest.NextPageToken, rest.Entries[0].OrderId));

        var seen = await Client.GetOrderAsync(new GetOrderRequest { OrderId = orderId }, Headers("ann"));
        Assert.Contains(seen.History, entry => entry is { Step: "ship", Actor: "staff", Subject: "s2" });
        Assert.DoesNotContain("sam", seen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_key_makes_one_shipment_and_another_body_under_it_is_refused()
    {
        var orderId = await _bench.SellAsync();
        var request = new Wire.CreateShipmentRequest { OrderId = orderId, Lines = { Mugs(1) } };
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Client.CreateShipmentAsync(request, Staff("k1")).ResponseAsync));
        Assert.Equal(2, (await _bench.Store.ReadAsync(orderId, CancellationToken.None))!.After!.Shipments.Count);
        await RefusedAsync(StatusCode.AlreadyExists, Client.CreateShipmentAsync(new Wire.CreateShipmentRequest { OrderId = orderId, Lines = { Mugs(2) } }, Staff("k1")));
        await RefusedAsync(StatusCode.FailedPrecondition, Client.CreateShipmentAsync(new Wire.CreateShipmentRequest { OrderId = orderId, Lines = { Mugs(3) } }, Staff("k2")));
        await RefusedAsync(StatusCode.InvalidArgument, Client.CreateShipmentAsync(request, Staff()));
    }

    [Fact]
    public async Task A_customer_cancels_his_order_and_a_saga_does_it()
    {
        var orderId = await _bench.SellAsync();
        var order = await Client.CancelOrderAsync(new CancelOrderRequest { OrderId = orderId, Reason = "changed my mind" }, Headers("ann", "k1"));
        var again = await Client.CancelOrderAsync(new CancelOrderRequest { OrderId = orderId, Reason = "changed my mind" }, Headers("ann", "k1"));
        await _bench.SettleAsync();

        Assert.Equal(Wire.OrderStatus.Cancelling, order.Status);
        Assert.Equal(order, again);
        Assert.Contains($"CancelOrderWorkflow {orderId}-can-c1", _bench.Engine.Started);

        await _bench.AfterSales.EndCancelAsync(orderId, "c1", new(NexusCart.Workflows.Returns.SettlementStep.Done, NexusCart.Workflows.Returns.SettlementStep.Done));
        await _bench.AfterSales.EndCancelAsync(orderId, "c1", new(NexusCart.Workflows.Returns.SettlementStep.Done, NexusCart.Workflows.Returns.SettlementStep.Done));
        await _bench.SettleAsync();
        var ended = await Client.GetOrderAsync(new GetOrderRequest { OrderId = orderId }, Headers("ann"));
        Assert.Equal((Wire.OrderStatus.Cancelled, Wire.PaymentState.Refunded, "cancelled_on_request"), (ended.Status, ended.PaymentState, ended.Reason));
        Assert.Single(_bench.Publisher.Ids, id => id == $"{orderId}:c1:revoked");
        Assert.Single(_bench.Publisher.Ids, id => id == $"{orderId}:f1:refunded");
    }

    [Fact]
    public async Task A_return_is_asked_for_approved_received_and_settled()
    {
        var orderId = await SentAsync();
        var asked = await Client.RequestReturnAsync(new RequestReturnRequest { OrderId = orderId, Lines = { Mugs(1) }, Reason = "broken" }, Headers("ann", "k1"));
        Assert.Equal(("r1", Wire.ReturnStatus.Requested), (asked.Returns.Single().ReturnId, asked.Returns.Single().Status));
        await RefusedAsync(StatusCode.FailedPrecondition, Client.RequestReturnAsync(
            new RequestReturnRequest { OrderId = orderId, Lines = { Mugs(2) }, Reason = "all of them" }, Headers("ann", "k2")));
        await RefusedAsync(StatusCode.FailedPrecondition, ReceiveAsync(orderId, 1));

        await Client.DecideReturnAsync(new Wire.DecideReturnRequest { OrderId = orderId, ReturnId = "r1", Approve = true, Reason = "Send it in." }, Staff());
        await RefusedAsync(StatusCode.FailedPrecondition, ReceiveAsync(orderId, 2));
        var received = await ReceiveAsync(orderId, 1);
        await _bench.SettleAsync();

        Assert.Equal((Wire.ReturnStatus.Received, "f1", 500L), (
            received.Order.Returns[0].Status, received.Order.Returns[0].RefundId, received.Order.Refunds[0].Amount.MinorUnits));
        Assert.Contains($"ReturnWorkflow {orderId}-ret-r1", _bench.Engine.Started);
        Assert.Equal(2, _bench.Engine.Signalled.Count(signal => signal == $"return-updated {orderId}-ret-r1"));
        Assert.DoesNotContain(_bench.Engine.Started, started => started.StartsWith("RefundWorkflow", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_the_return_window_a_customer_is_refused_and_staff_are_not_and_that_is_in_the_audit_log()
    {
        var orderId = await SentAsync();
        // Not delivered yet, whenever it was sent.
        _bench.Clock.Advance(TimeSpan.FromDays(60));
        await MoveAsync(orderId, "s1", Wire.ShipmentStatus.Delivered);
        _bench.Clock.Advance(TimeSpan.FromDays(30));
        await Client.RequestReturnAsync(new RequestReturnRequest { OrderId = orderId, Lines = { Mugs(1) }, Reason = "broken" }, Headers("ann", "k1"));

        _bench.Clock.Advance(TimeSpan.FromSeconds(1));
        var late = new RequestReturnRequest { OrderId = orderId, Lines = { Mugs(1) }, Reason = "broken, too" };
        var refused = await RefusedAsync(StatusCode.FailedPrecondition, Client.RequestReturnAsync(late, Headers("ann", "k2")));
        Assert.Contains("lines: 1 of mug wanted, 0 arrived within the last 30 days", refused.Status.Detail, StringComparison.Ordinal);
        // What was asked for in time stays asked for.
        Assert.Single((await Client.RequestReturnAsync(
            new RequestReturnRequest { OrderId = orderId, Lines = { Mugs(1) }, Reason = "broken" }, Headers("ann", "k1"))).Returns);

        await RefusedAsync(StatusCode.PermissionDenied, Client.ReturnForCustomerAsync(late, Headers("ann", "k3")));
        await RefusedAsync(StatusCode.InvalidArgument, Client.ReturnForCustomerAsync(new RequestReturnRequest(late) { Reason = "" }, Staff("k3")));
        for (var repeated = 0; repeated < 2; repeated++)
            Assert.Equal(["r1", "r2"], (await Client.ReturnForCustomerAsync(late, Staff("k3"))).Order.Returns.Select(request => request.ReturnId));
        await RefusedAsync(StatusCode.FailedPrecondition, Client.ReturnForCustomerAsync(late, Staff("k4")));
        await _bench.SettleAsync();
        var audited = Assert.Single(_bench.Books.Log, record => record.Action == "return.request");
        Assert.Equal(("sam", "r2", "broken, too"), (audited.StaffId, audited.Subject, audited.Reason));
    }

    [Fact]
    public async Task Staff_give_money_back_by_lines_or_amount_and_never_too_much()
    {
        var orderId = await _bench.SellAsync();
        var byLine = await Client.RefundOrderAsync(new RefundOrderRequest { OrderId = orderId, Lines = { Mugs(1) }, Reason = "scratched" }, Staff("k1"));
        var again = await Client.RefundOrderAsync(new RefundOrderRequest { OrderId = orderId, Lines = { Mugs(1) }, Reason = "scratched" }, Staff("k1"));
        Assert.Equal(byLine, again);
        Assert.Equal(500, byLine.Order.Refunds.Single().Amount.MinorUnits);

        await RefusedAsync(StatusCode.FailedPrecondition, RefundAsync(orderId, 501, "k2"));
        await RefusedAsync(StatusCode.InvalidArgument, RefundAsync(orderId, 0, "k2"));
        await RefusedAsync(StatusCode.InvalidArgument, Client.RefundOrderAsync(
            new RefundOrderRequest { OrderId = orderId, Lines = { Mugs(1) }, Amount = FakeCalls.Euro(1), Reason = "both" }, Staff("k2")));
        await RefundAsync(orderId, 500, "k3");
        await RefusedAsync(StatusCode.FailedPrecondition, RefundAsync(orderId, 1, "k4"));
        await _bench.SettleAsync();
        Assert.Equal([$"RefundWorkflow {orderId}-ref-f1", $"RefundWorkflow {orderId}-ref-f2"], _bench.Engine.Started.Where(started => started.StartsWith("Refund", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task A_refund_that_failed_is_a_task_that_staff_try_again()
    {
        var orderId = await _bench.SellAsync();
        await RefundAsync(orderId, 100, "k1");
        await _bench.AfterSales.EndRefundAsync(orderId, "f1", new(NexusCart.Workflows.Returns.SettlementStep.Refused, NexusCart.Workflows.Returns.SettlementStep.NotNeeded, "card closed"));
        await _bench.SettleAsync();

        var task = Assert.Single(Assert.Single((await Client.ListOrderTasksAsync(new ListOrderTasksRequest(), Staff())).Orders).Tasks);
        Assert.Equal(("t1", "refund", "f1", "card closed", true), (task.TaskId, task.Kind, task.Subject, task.Detail, task.Open));
        await Client.SettleTaskAsync(new SettleTaskRequest { OrderId = orderId, TaskId = "t1", Retry = true, Reason = "new card" }, Staff());
        await _bench.SettleAsync();
        Assert.Contains($"RefundWorkflow {orderId}-ref-f1-2", _bench.Engine.Started);
        Assert.Empty((await Client.ListOrderTasksAsync(new ListOrderTasksRequest(), Staff())).Orders);
    }

    [Fact]
    public async Task A_parked_checkout_is_listed_and_repaired_on_request()
    {
        var draft = _bench.Draft();
        await _bench.PlaceAsync(draft);
        await _bench.SettleAsync();
        await _bench.Journal.BeginAsync(draft.OrderId);
        await _bench.Journal.ParkAsync(draft.OrderId, "capture_failed", "void got no answer", []);
        _bench.Engine.Becomes(draft.OrderId, NexusCart.Orders.Checkout.SagaStanding.Completed);
        await _bench.SettleAsync();

        Assert.Equal(Wire.OrderStatus.NeedsAttention, Assert.Single((await Client.ListOrderTasksAsync(new ListOrderTasksRequest(), Staff())).Orders).Order.Status);
        await Client.SettleTaskAsync(new SettleTaskRequest { OrderId = draft.OrderId, TaskId = "checkout", Retry = true, Reason = "provider is back" }, Staff());
        await _bench.SettleAsync();
        Assert.Contains($"CheckoutRepairWorkflow {draft.OrderId}-repair", _bench.Engine.Started);
        Assert.Empty((await Client.ListOrderTasksAsync(new ListOrderTasksRequest(), Staff())).Orders);
    }

    [Fact]
    public async Task Other_peoples_orders_answer_as_not_found_and_stay_as_they_are()
    {
        var orderId = await SentAsync();
        var before = await _bench.Store.ReadAsync(orderId, CancellationToken.None);
        foreach (var id in new[] { orderId, "0-00-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d", "nonsense", "" })
        {
            await RefusedAsync(StatusCode.NotFound, Client.CancelOrderAsync(new CancelOrderRequest { OrderId = id }, Headers("bob", "k")));
            await RefusedAsync(StatusCode.NotFound, Client.RequestReturnAsync(new RequestReturnRequest { OrderId = id, Lines = { Mugs(1) }, Reason = "mine" }, Headers("bob", "k")));
            await RefusedAsync(StatusCode.NotFound, Client.GetDocumentAsync(new GetDocumentRequest { OrderId = id, DocumentId = "invoice" }, Headers("bob")));
            await RefusedAsync(StatusCode.NotFound, Client.ClaimOrderAsync(new ClaimOrderRequest { OrderId = id, Email = "ann@example.org" }, Headers("bob")));
        }

        var after = await _bench.Store.ReadAsync(orderId, CancellationToken.None);
        Assert.Equal(JsonSerializer.Serialize(before), JsonSerializer.Serialize(after! with { After = after.After! with { Documents = before!.After!.Documents } }));
    }

    [Fact]
    public async Task Customers_cannot_do_what_staff_do_and_readers_cannot_write()
    {
        var orderId = await SentAsync();
        foreach (var headers in new[] { Headers("ann", "k"), Headers("sue", "k", ["orders.read"]) })
        {
            await RefusedAsync(StatusCode.PermissionDenied, Client.CreateShipmentAsync(new Wire.CreateShipmentRequest { OrderId = orderId, Lines = { Mugs(1) } }, headers));
            await RefusedAsync(StatusCode.PermissionDenied, Client.TrackShipmentAsync(new Wire.TrackShipmentRequest { OrderId = orderId }, headers));
            await RefusedAsync(StatusCode.PermissionDenied, Client.MoveShipmentAsync(new Wire.MoveShipmentRequest { OrderId = orderId }, headers));
            await RefusedAsync(StatusCode.PermissionDenied, Client.CancelForCustomerAsync(new CancelOrderRequest { OrderId = orderId, Reason = "x" }, headers));
            await RefusedAsync(StatusCode.PermissionDenied, Client.DecideReturnAsync(new Wire.DecideReturnRequest { OrderId = orderId, ReturnId = "r1" }, headers));
            await RefusedAsync(StatusCode.PermissionDenied, Client.ReceiveReturnAsync(new Wire.ReceiveReturnRequest { OrderId = orderId, ReturnId = "r1" }, headers));
            await RefusedAsync(StatusCode.PermissionDenied, Client.RefundOrderAsync(new RefundOrderRequest { OrderId = orderId, Reason = "x" }, headers));
            await RefusedAsync(StatusCode.PermissionDenied, Client.SettleTaskAsync(new SettleTaskRequest { OrderId = orderId, TaskId = "t1" }, headers));
            await RefusedAsync(StatusCode.PermissionDenied, Client.ListAuditLogAsync(new ListAuditLogRequest(), headers));
            await RefusedAsync(StatusCode.Unauthenticated, Client.IssueClaimTokenAsync(new IssueClaimTokenRequest { OrderId = orderId }, headers));
        }

        await RefusedAsync(StatusCode.PermissionDenied, Client.ListCellsAsync(new ListCellsRequest(), Headers("ann")));
        await RefusedAsync(StatusCode.PermissionDenied, Client.OpenCellAsync(new OpenCellRequest { Cell = "1" }, Headers("ann")));
        await RefusedAsync(StatusCode.FailedPrecondition, Client.OpenCellAsync(new OpenCellRequest { Cell = "1" }, Staff()));
        await RefusedAsync(StatusCode.PermissionDenied, Client.SearchOrdersAsync(new SearchOrdersRequest(), Headers("ann")));
        await RefusedAsync(StatusCode.PermissionDenied, Client.InspectOrderAsync(new GetOrderRequest { OrderId = orderId }, Headers("ann")));
        await RefusedAsync(StatusCode.PermissionDenied, Client.ListOrderTasksAsync(new ListOrderTasksRequest(), Headers("ann")));
    }

    [Fact]
    public async Task A_guests_order_is_claimed_by_a_mailed_token_once_and_for_all()
    {
        var orderId = await _bench.SellAsync("guest-1", change: order => order with { IsGuest = true });
        var service = new Metadata { { "nexus-service-token", TestKeys.Service() } };
        var token = (await Client.IssueClaimTokenAsync(new IssueClaimTokenRequest { OrderId = orderId }, service)).ClaimToken_;
        var claim = new ClaimOrderRequest { OrderId = orderId, Email = "ANN@example.org", ClaimToken = token };

        await RefusedAsync(StatusCode.PermissionDenied, Client.ClaimOrderAsync(claim, Headers("guest-2", roles: ["guest"])));
        await RefusedAsync(StatusCode.NotFound, Client.ClaimOrderAsync(new ClaimOrderRequest(claim) { Email = "eve@example.org" }, Headers("eve")));
        await RefusedAsync(StatusCode.NotFound, Client.ClaimOrderAsync(new ClaimOrderRequest(claim) { ClaimToken = token[..^2] + "AA" }, Headers("eve")));
        await RefusedAsync(StatusCode.NotFound, Client.ClaimOrderAsync(new ClaimOrderRequest(claim) { ClaimToken = "9" + token }, Headers("eve")));
        Assert.Equal(orderId, (await Client.ClaimOrderAsync(claim, Headers("ann"))).OrderId);
        Assert.Equal(orderId, (await Client.ClaimOrderAsync(claim, Headers("ann"))).OrderId);

        Assert.Equal(orderId, (await Client.GetOrderAsync(new GetOrderRequest { OrderId = orderId }, Headers("ann"))).OrderId);
        await RefusedAsync(StatusCode.NotFound, Client.GetOrderAsync(new GetOrderRequest { OrderId = orderId }, Headers("guest-1", roles: ["guest"])));
        await RefusedAsync(StatusCode.NotFound, Client.ClaimOrderAsync(claim, Headers("eve")));
        await RefusedAsync(StatusCode.NotFound, Client.IssueClaimTokenAsync(new IssueClaimTokenRequest { OrderId = orderId }, service));
    }

    [Fact]
    public async Task A_claim_token_expires()
    {
        var orderId = await _bench.SellAsync("guest-1", change: order => order with { IsGuest = true });
        var token = (await Client.IssueClaimTokenAsync(new IssueClaimTokenRequest { OrderId = orderId }, new Metadata { { "nexus-service-token", TestKeys.Service() } })).ClaimToken_;
        _bench.Clock.Advance(TimeSpan.FromDays(31));
        await RefusedAsync(StatusCode.NotFound, Client.ClaimOrderAsync(new ClaimOrderRequest { OrderId = orderId, Email = "ann@example.org", ClaimToken = token }, Headers("ann")));
    }

    [Fact]
    public async Task A_verified_address_is_proof_as_well_and_an_unverified_or_another_one_is_not()
    {
        var orderId = await _bench.SellAsync("guest-1", change: order => order with { IsGuest = true });
        var claim = new ClaimOrderRequest { OrderId = orderId, Email = "ann@example.org" };
        _users.IsVerified = false;
        await RefusedAsync(StatusCode.NotFound, Client.ClaimOrderAsync(claim, Headers("ann")));
        (_users.IsVerified, _users.Email) = (true, "eve@example.org");
        await RefusedAsync(StatusCode.NotFound, Client.ClaimOrderAsync(claim, Headers("eve")));
        _users.Email = "Ann@Example.org";
        Assert.Equal(orderId, (await Client.ClaimOrderAsync(claim, Headers("ann"))).OrderId);
    }

    [Fact]
    public async Task An_accounts_order_is_claimed_by_nobody()
    {
        var orderId = await _bench.SellAsync("bob");
        await RefusedAsync(StatusCode.NotFound, Client.ClaimOrderAsync(new ClaimOrderRequest { OrderId = orderId, Email = "ann@example.org" }, Headers("ann")));
    }

    [Fact]
    public async Task An_invoice_is_a_page_for_its_owner_and_for_staff()
    {
        var orderId = await _bench.SellAsync();
        foreach (var (subject, roles) in new[] { ("ann", (string[])["customer"]), ("sam", StaffRoles) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/orders/{orderId}/documents/invoice");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _host.Keys.User(subject, roles));
            using var answer = await _host.Http.SendAsync(request);
            Assert.Equal((HttpStatusCode.OK, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            Assert.StartsWith("<!doctype html>", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await RefusedAsync(StatusCode.NotFound, Client.GetDocumentAsync(new GetDocumentRequest { OrderId = orderId, DocumentId = "credit-f1" }, Headers("ann")));
    }

    [Fact]
    public async Task Prices_owners_and_states_in_a_request_are_not_heard()
    {
        var body = """
            {"cartId":"cart-1","paymentMethod":"pm_card_visa","email":"ann@example.org","customerId":"bob","total":{"minorUnits":"1","currency":"EUR"},
             "status":"ORDER_STATUS_PAID","lines":[{"sku":"mug","unitPrice":{"minorUnits":"1"}}],
             "shippingAddress":{"fullName":"Ann Other","line1":"1 Harbour Street","postalCode":"20457","city":"Hamburg","country":"DE"}}
            """;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/checkout") { Content = new StringContent(body, new MediaTypeHeaderValue("application/json")) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _host.Keys.User("ann"));
        request.Headers.Add("Idempotency-Key", "k1");
        using var answer = await _host.Http.SendAsync(request);

        // Refused, or taken without a word of it; never heeded.
        if (answer.IsSuccessStatusCode)
        {
            var order = await answer.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal(("1250", "ORDER_STATUS_STARTING"), (order.GetProperty("total").GetProperty("minorUnits").GetString(), order.GetProperty("status").GetString()));
        }
        else
        {
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }

        Assert.Empty((await _bench.Store.ListAsync("bob", "", 10, CancellationToken.None)).Entities);
    }

    [Fact]
    public async Task Bad_input_names_its_field()
    {
        var orderId = await _bench.SellAsync();
        var refusal = await RefusedAsync(StatusCode.InvalidArgument, Client.RequestReturnAsync(
            new RequestReturnRequest { OrderId = orderId, Lines = { Mugs(0), Mugs(1), new Wire.OrderUnits { Sku = "a b", Quantity = 1 } }, Reason = new string('x', 501) }, Headers("ann", "k")));
        Assert.All(["lines[0].quantity", "lines[1].sku", "lines[2].sku", "reason"], field => Assert.Contains(field, refusal.Status.Detail, StringComparison.Ordinal));
    }

    private OrdersClient Client => new(_host.Channel);

    private async Task<string> SentAsync()
    {
        var orderId = await _bench.SellAsync();
        await _bench.ChangeAsync(new NexusCart.Orders.Actors.MoveShipment(orderId, Performer.Shop, "s1", NexusCart.Orders.Domain.ShipmentStatus.Shipped, null));
        await _bench.SettleAsync();
        return orderId;
    }

    private AsyncUnaryCall<StaffOrder> MoveAsync(string orderId, string shipmentId, Wire.ShipmentStatus to) =>
        Client.MoveShipmentAsync(new Wire.MoveShipmentRequest { OrderId = orderId, ShipmentId = shipmentId, To = to }, Staff());

    private AsyncUnaryCall<StaffOrder> ReceiveAsync(string orderId, int quantity) => Client.ReceiveReturnAsync(
        new Wire.ReceiveReturnRequest
        {
            OrderId = orderId,
            ReturnId = "r1",
            Lines = { new Wire.ReceivedUnits { Sku = "mug", Quantity = quantity, Disposition = Disposition.Restock } },
        },
        Staff());

    private AsyncUnaryCall<StaffOrder> RefundAsync(string orderId, long amount, string key) =>
        Client.RefundOrderAsync(new RefundOrderRequest { OrderId = orderId, Amount = FakeCalls.Euro(amount), Reason = "goodwill" }, Staff(key));

    private static Wire.OrderUnits Mugs(int quantity) => new() { Sku = "mug", Quantity = quantity };

    private static async Task<RpcException> RefusedAsync<T>(StatusCode code, AsyncUnaryCall<T> call)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        Assert.Equal(code, refusal.StatusCode);
        return refusal;
    }

    private Metadata Staff(string? key = null) => Headers("sam", key, StaffRoles);

    private Metadata Headers(string subject, string? key = null, string[]? roles = null)
    {
        var headers = new Metadata { { "authorization", $"Bearer {_host.Keys.User(subject, roles)}" } };
        if (key is not null)
            headers.Add("idempotency-key", key);
        return headers;
    }
}
