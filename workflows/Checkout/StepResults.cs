using System.Text.Json.Serialization;

namespace NexusCart.Workflows.Checkout;

/// <summary>A definite answer of a step: done, or refused with a reason. What is unknown is an exception instead.</summary>
/// <param name="Succeeded">Whether the step was done.</param>
/// <param name="Reason">When refused: machine-readable.</param>
/// <param name="Detail">When refused: for people.</param>
public sealed record StepResult(bool Succeeded, string? Reason = null, string? Detail = null)
{
    /// <summary>The step was done.</summary>
    public static readonly StepResult Done = new(true);

    /// <summary>The step was refused.</summary>
    /// <param name="reason">Machine-readable.</param>
    /// <param name="detail">For people.</param>
    public static StepResult Refused(string reason, string? detail) => new(false, reason, detail);
}

/// <summary>The answer of the confirmation: a <see cref="StepResult"/> that says more.</summary>
/// <param name="Succeeded">Whether the units are sold.</param>
/// <param name="Reason">When refused: machine-readable.</param>
/// <param name="Detail">When refused: for people.</param>
/// <param name="Allocations">Which warehouse gives what; null where inventory does not say.</param>
public sealed record ConfirmResult(
    bool Succeeded, string? Reason = null, string? Detail = null, IReadOnlyList<StockAllocation>? Allocations = null);

/// <summary>Units of one SKU that one warehouse gives.</summary>
/// <param name="Sku">The product.</param>
/// <param name="WarehouseId">The warehouse.</param>
/// <param name="Quantity">1 or more.</param>
public sealed record StockAllocation(string Sku, string WarehouseId, int Quantity);

/// <summary>The answer of the first step.</summary>
/// <param name="OrderIsOpen">False: the order is at an end already and nothing was touched.</param>
/// <param name="Result">What inventory said.</param>
public sealed record ReserveResult(bool OrderIsOpen, StepResult Result);

/// <summary>Where a payment stands, as far as the saga cares.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PaymentStanding>))]
public enum PaymentStanding
{
    /// <summary>The provider has not decided.</summary>
    Pending,

    /// <summary>The customer must act.</summary>
    ActionRequired,

    /// <summary>The money is held, or even taken.</summary>
    Secured,

    /// <summary>The provider is out of order: nothing is decided, and there is no use in asking again at once.</summary>
    Parked,

    /// <summary>There will be no money: declined, voided or given back.</summary>
    Refused,
}

/// <summary>A look at a payment.</summary>
/// <param name="Standing">Where it stands.</param>
/// <param name="Captured">Whether the money was taken.</param>
/// <param name="Reason">When refused: machine-readable.</param>
/// <param name="Detail">When refused: for people.</param>
public sealed record PaymentView(PaymentStanding Standing, bool Captured = false, string? Reason = null, string? Detail = null);

/// <summary>What an undo found.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UndoOutcome>))]
public enum UndoOutcome
{
    /// <summary>The effect is gone, now or since an earlier attempt.</summary>
    Undone,

    /// <summary>There was no effect to undo.</summary>
    NothingToUndo,

    /// <summary>A void came too late: the money was taken, so it must be given back.</summary>
    MoneyWasTaken,

    /// <summary>The other side refuses the undo; asking again would not help.</summary>
    Refused,
}

/// <summary>The answer of an undo.</summary>
/// <param name="Outcome">What it found.</param>
/// <param name="Detail">When refused: for people.</param>
public sealed record UndoResult(UndoOutcome Outcome, string? Detail = null);

/// <summary>Payload of the external event <see cref="CheckoutWorkflow.PaymentUpdated"/>. A hint only: the saga looks at
/// the payment itself.</summary>
/// <param name="PaymentId">The payment that changed.</param>
/// <param name="Type">The event's type: <c>payment.authorized.v1</c>.</param>
public sealed record PaymentUpdate(string PaymentId, string Type);
