using System.Text.Json.Serialization;
using NexusCart.Platform.Values;

namespace NexusCart.Orders.Domain;

/// <summary>A line of an order, as it was agreed.</summary>
/// <param name="Sku">The product.</param>
/// <param name="Title">Its title on that day.</param>
/// <param name="Quantity">1 or more units.</param>
/// <param name="UnitPrice">The price of one unit.</param>
/// <param name="LineTotal">The price of all units.</param>
/// <param name="Tax">The tax on what is to pay for them; null in orders older than taxes.</param>
/// <param name="Discount">What promotions take off; null for nothing.</param>
public sealed record OrderLine(
    string Sku, string Title, int Quantity, MoneyAmount UnitPrice, MoneyAmount LineTotal, Tax? Tax = null, MoneyAmount? Discount = null)
{
    /// <summary>The price of all units less the discount.</summary>
    [JsonIgnore]
    public MoneyAmount ToPay => Discount is { } discount ? LineTotal - discount : LineTotal;
}

/// <summary>How an order is sent, as it was agreed.</summary>
/// <param name="MethodId">The shipping method.</param>
/// <param name="Name">Its name on that day.</param>
/// <param name="Price">What it costs.</param>
/// <param name="Tax">The tax on what is to pay for it.</param>
/// <param name="Discount">What promotions take off; null for nothing.</param>
public sealed record OrderShipping(string MethodId, string Name, MoneyAmount Price, Tax Tax, MoneyAmount? Discount = null)
{
    /// <summary>The price less the discount.</summary>
    [JsonIgnore]
    public MoneyAmount ToPay => Discount is { } discount ? Price - discount : Price;
}

/// <summary>Where an order is sent.</summary>
/// <param name="FullName">Who receives it.</param>
/// <param name="Line1">Street and number.</param>
/// <param name="Line2">More of it; may be empty.</param>
/// <param name="PostalCode">Postal code.</param>
/// <param name="City">City.</param>
/// <param name="Region">State or province; may be empty.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
public sealed record ShippingAddress(
    string FullName, string Line1, string Line2, string PostalCode, string City, string Region, string Country);

/// <summary>What the customer must do for his payment. Kept as long as he must.</summary>
/// <param name="Kind"><c>three_d_secure</c>.</param>
/// <param name="PaymentId">The payment.</param>
/// <param name="ClientSecret">For the provider's SDK in the owner's browser, and for nobody else.</param>
/// <param name="RedirectUrl">Where the provider wants to send the browser; may be empty.</param>
public sealed record PaymentAction(string Kind, string PaymentId, string ClientSecret, string RedirectUrl)
{
    /// <summary>Says nothing of the secret.</summary>
    public override string ToString() => $"{Kind} for {PaymentId}";
}

/// <summary>An entry of an order's history.</summary>
/// <param name="At">When, in UTC.</param>
/// <param name="Step">The saga's step ("reserve", "authorise", …), or what was done afterwards ("ship", "refund", …).</param>
/// <param name="Outcome">"started", "succeeded", "refused", "failed", "compensated".</param>
/// <param name="Detail">For people; may be null.</param>
/// <param name="Actor">Who did it, see <see cref="Performer"/>; null: the shop itself.</param>
/// <param name="Subject">The shipment, return or refund it is about; null: the order.</param>
public sealed record HistoryEntry(
    DateTimeOffset At, string Step, string Outcome, string? Detail = null, string? Actor = null, string? Subject = null);

/// <summary>Who does something to an order.</summary>
/// <param name="Role"><see cref="CustomerRole"/>, <see cref="StaffRole"/> or <see cref="SystemRole"/>.</param>
/// <param name="Id">The staff member's id; empty for others.</param>
public sealed record Performer(string Role, string Id = "")
{
    /// <summary>The order's owner.</summary>
    public const string CustomerRole = "customer";

    /// <summary>Somebody who works for the shop.</summary>
    public const string StaffRole = "staff";

    /// <summary>The shop itself.</summary>
    public const string SystemRole = "system";

    /// <summary>The shop itself.</summary>
    public static readonly Performer Shop = new(SystemRole);

    /// <summary>The order's owner.</summary>
    public static readonly Performer Customer = new(CustomerRole);

    /// <summary>Somebody who works for the shop.</summary>
    /// <param name="id">His id.</param>
    public static Performer Staff(string id) => new(StaffRole, id);

    /// <summary>Whether it is somebody who works for the shop.</summary>
    public bool IsStaff => Role == StaffRole;

    /// <summary>As the history keeps it: <c>staff:42</c>.</summary>
    public override string ToString() => Id.Length == 0 ? Role : $"{Role}:{Id}";
}
