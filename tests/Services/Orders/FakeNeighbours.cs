using System.Collections.Concurrent;
using Grpc.Core;
using NexusCart.Carts.V1;
using NexusCart.Catalog.V1;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Payments.V1;
using NexusCart.Promotions.V1;
using CartsBase = NexusCart.Carts.V1.Carts.CartsBase;
using CatalogBase = NexusCart.Catalog.V1.Catalog.CatalogBase;
using InventoryBase = NexusCart.Inventory.V1.Inventory.InventoryBase;
using PaymentsBase = NexusCart.Payments.V1.Payments.PaymentsBase;
using PromotionsBase = NexusCart.Promotions.V1.Promotions.PromotionsBase;

namespace NexusCart.Tests.Services.Orders;

/// <summary>What orders' neighbours were asked for.</summary>
public sealed class NeighbourBooks
{
    /// <summary>Units held or sold, by reservation.</summary>
    public ConcurrentDictionary<string, int> Reserved { get; } = new();

    /// <summary>Reservations that were confirmed.</summary>
    public ConcurrentDictionary<string, bool> Sold { get; } = new();

    /// <summary>Units that came back, by return.</summary>
    public ConcurrentDictionary<string, int> Returned { get; } = new();

    /// <summary>Money taken, by payment.</summary>
    public ConcurrentDictionary<string, long> Captured { get; } = new();

    /// <summary>Money given back, by payment and refund.</summary>
    public ConcurrentDictionary<(string Payment, string Refund), long> Refunded { get; } = new();

    internal static Money Euro(long minorUnits) => new() { MinorUnits = minorUnits, Currency = "EUR" };
}

/// <summary>Every cart holds three mugs for 5.00 euro each.</summary>
internal sealed class FakeCarts : CartsBase
{
    public override Task<Cart> GetCart(GetCartRequest request, ServerCallContext context) => Task.FromResult(new Cart
    {
        CartId = request.CartId,
        Currency = "EUR",
        Lines = { new CartLine { Sku = "mug", Title = "A mug", Quantity = 3, UnitPrice = NeighbourBooks.Euro(500) } },
    });
}

internal sealed class FakeCatalog : CatalogBase
{
    public override Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context) => Task.FromResult(
        new GetProductsResponse { Products = { new Product { Sku = "mug", Title = "A mug", Active = true, Price = NeighbourBooks.Euro(500) } } });
}

/// <summary>Inventory with more mugs than anybody wants: two of three come from the north.</summary>
internal sealed class FakeInventory(NeighbourBooks books) : InventoryBase
{
    public override Task<ReserveResponse> Reserve(ReserveRequest request, ServerCallContext context)
    {
        books.Reserved[request.ReservationId] = request.Lines.Sum(line => line.Quantity);
        return Task.FromResult(new ReserveResponse { Reserved = true });
    }

    public override Task<CommitResponse> Commit(CommitRequest request, ServerCallContext context)
    {
        books.Sold[request.ReservationId] = true;
        return Task.FromResult(new CommitResponse
        {
            Allocations =
            {
                new Allocation { Sku = "mug", WarehouseId = "north", Quantity = 2 },
                new Allocation { Sku = "mug", WarehouseId = "south", Quantity = 1 },
            },
        });
    }

    public override Task<ReleaseResponse> Release(ReleaseRequest request, ServerCallContext context)
    {
        books.Reserved.TryRemove(request.ReservationId, out _);
        return Task.FromResult(new ReleaseResponse { Released = true });
    }

    public override Task<RestockResponse> Restock(RestockRequest request, ServerCallContext context)
    {
        books.Sold.TryRemove(request.ReservationId, out _);
        return Task.FromResult(new RestockResponse());
    }

    public override Task<ReceiveReturnResponse> ReceiveReturn(NexusCart.Inventory.V1.ReceiveReturnRequest request, ServerCallContext context) =>
        Task.FromResult(new ReceiveReturnResponse { Applied = books.Returned.TryAdd(request.ReturnId, request.Lines.Sum(line => line.Quantity)) });
}

/// <summary>No promotion takes anything off.</summary>
internal sealed class FakePromotions : PromotionsBase
{
    public override Task<EvaluateResponse> Evaluate(EvaluateRequest request, ServerCallContext context) => Task.FromResult(new EvaluateResponse());
}

/// <summary>A provider who takes every card.</summary>
internal sealed class FakePayments(NeighbourBooks books) : PaymentsBase
{
    public override Task<Payment> Authorize(AuthorizeRequest request, ServerCallContext context) =>
        Task.FromResult(new Payment { PaymentId = request.PaymentId, Status = PaymentStatus.Authorized, Amount = request.Amount });

    public override Task<Payment> Capture(CaptureRequest request, ServerCallContext context)
    {
        books.Captured[request.PaymentId] = request.Amount.MinorUnits;
        return Task.FromResult(new Payment { PaymentId = request.PaymentId, Status = PaymentStatus.Captured, Captured = request.Amount });
    }

    public override Task<Payment> Refund(RefundRequest request, ServerCallContext context)
    {
        books.Refunded.TryAdd((request.PaymentId, request.RefundId), request.Amount.MinorUnits);
        return Task.FromResult(new Payment { PaymentId = request.PaymentId, Status = PaymentStatus.Refunded });
    }

    public override Task<Payment> Void(VoidRequest request, ServerCallContext context) =>
        Task.FromResult(new Payment { PaymentId = request.PaymentId, Status = PaymentStatus.Voided });

    public override Task<Payment> GetPayment(GetPaymentRequest request, ServerCallContext context) =>
        throw new RpcException(new Status(StatusCode.NotFound, "No such payment."));
}
