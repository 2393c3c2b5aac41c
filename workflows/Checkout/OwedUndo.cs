using NexusCart.Workflows.Checkout.Activities;

namespace NexusCart.Workflows.Checkout;

/// <summary>An undo that the saga owes.</summary>
/// <param name="Step">Its name: one of the undos in <see cref="CheckoutSteps"/>.</param>
internal sealed record OwedUndo(string Step)
{
    /// <summary>The activity that does it.</summary>
    public string Activity => Step switch
    {
        CheckoutSteps.Release => nameof(ReleaseActivity),
        CheckoutSteps.Restore => nameof(RestoreActivity),
        CheckoutSteps.Restock => nameof(RestockActivity),
        CheckoutSteps.Void => nameof(VoidActivity),
        CheckoutSteps.Refund => nameof(RefundActivity),
        _ => throw new InvalidOperationException($"'{Step}' is no undo."),
    };

    /// <summary>The activity's input.</summary>
    /// <param name="checkout">What the saga works on.</param>
    /// <param name="reason">Why it is undone.</param>
    public object InputFor(CheckoutInput checkout, string reason) => Step switch
    {
        CheckoutSteps.Release or CheckoutSteps.Restock => new StockInput(checkout.OrderId, checkout.Lines, reason),
        CheckoutSteps.Restore => new RedeemInput(checkout.OrderId, checkout.CustomerId, checkout.Currency, checkout.Redemptions ?? []),
        _ => new MoneyInput(checkout.OrderId, checkout.TotalMinorUnits, checkout.Currency, reason),
    };
}
