using System.Net.Mail;
using System.Text.RegularExpressions;
using Google.Protobuf.Collections;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Pricing;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using Wire = NexusCart.Orders.V1;

namespace NexusCart.Orders.Api;

/// <summary>A checkout request that was found in order.</summary>
/// <param name="CartId">The cart to buy; empty for a claim.</param>
/// <param name="PaymentMethod">The provider's token of the payment method.</param>
/// <param name="Email">Where the receipt goes.</param>
/// <param name="Address">Where the goods go.</param>
/// <param name="ShippingMethod">How; empty for the cheapest way.</param>
/// <param name="ClaimId">The flash-sale claim to buy; empty for a cart.</param>
/// <param name="Coupons">Coupons besides those on the cart; null for none.</param>
public sealed partial record CheckoutTerms(
    string CartId, string PaymentMethod, string Email, ShippingAddress Address, string ShippingMethod = "", string ClaimId = "",
    IReadOnlyList<string>? Coupons = null)
{
    private const int MaxAddressField = 200;
    private const int MaxEmail = 254;
    private const int MaxPaymentMethod = 128;
    private const int MaxCoupons = 10;
    private const int MaxCoupon = 64;

    /// <summary>No id of a cart begins like this.</summary>
    private const string ClaimPrefix = "claim:";

    /// <summary>The request's canonical hash.</summary>
    public string Hash => BodyHash.Of(ClaimId.Length == 0 ? CartId : ClaimPrefix + ClaimId, PaymentMethod, Email, Address, ShippingMethod, Coupons);

    /// <summary>Where the goods go, as far as it decides on prices.</summary>
    public Destination Destination => new(Address.Country, Address.Region, Address.PostalCode);

    /// <summary>Judges a request.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, with every field that is wrong. What a field holds is not
    /// repeated: it might be a card number.</exception>
    public static CheckoutTerms Read(Wire.CheckoutRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        CheckPurchase(violations, request.CartId, request.ClaimId);
        violations.Check(
            request.PaymentMethod.Length <= MaxPaymentMethod && PaymentMethodForm().IsMatch(request.PaymentMethod),
            "paymentMethod",
            "must be paypal, a saved payment method, or the payment provider's token like pm_card_visa; never a card number");
        violations.Check(IsEmail(request.Email), "email", $"must be an e-mail address of up to {MaxEmail} characters");
        var address = ReadAddress(request.ShippingAddress, violations);
        CheckShippingMethod(violations, request.ShippingMethod);
        CheckCoupons(violations, request.CouponCodes, request.ClaimId);
        violations.ThrowIfAny();
        return new CheckoutTerms(
            request.CartId, request.PaymentMethod, request.Email, address!, request.ShippingMethod, request.ClaimId, [.. request.CouponCodes]);
    }

    internal static void CheckPurchase(Violations violations, string cartId, string claimId)
    {
        if (claimId.Length == 0)
            violations.CheckId(cartId, "cartId");
        else if (violations.CheckId(claimId, "claimId"))
            violations.Check(cartId.Length == 0, "cartId", "must be empty when claimId is given");
    }

    /// <summary>Judges coupons; a flash sale has its price and takes none.</summary>
    internal static void CheckCoupons(Violations violations, RepeatedField<string> codes, string claimId)
    {
        violations.Check(codes.Count <= MaxCoupons, "couponCodes", $"must be at most {MaxCoupons}");
        violations.Check(codes.All(code => code.Length is >= 1 and <= MaxCoupon), "couponCodes", $"must be 1 to {MaxCoupon} characters each");
        violations.Check(codes.Count == 0 || claimId.Length == 0, "couponCodes", "must be empty when claimId is given");
    }

    /// <summary>Judges a country.</summary>
    internal static void CheckCountry(Violations violations, string country, string field) => violations.Check(
        PricingRules.IsCountry(country), field, "must be an ISO 3166-1 code of two upper-case letters, like DE");

    /// <summary>Judges the form of a shipping method; whether there is one, the rates say.</summary>
    internal static void CheckShippingMethod(Violations violations, string method) => violations.Check(
        method.Length == 0 || Identifiers.IsSku(method), "shippingMethod", "must be the methodId of a shipping option, or empty for the cheapest");

    private static ShippingAddress? ReadAddress(Common.V1.Address? address, Violations violations)
    {
        if (!violations.Check(address is not null, "shippingAddress", "is needed"))
            return null;
        CheckAddressText(violations, address!.FullName, "fullName", required: true);
        CheckAddressText(violations, address.Line1, "line1", required: true);
        CheckAddressText(violations, address.Line2, "line2", required: false);
        CheckAddressText(violations, address.PostalCode, "postalCode", required: true);
        CheckAddressText(violations, address.City, "city", required: true);
        CheckAddressText(violations, address.Region, "region", required: false);
        CheckCountry(violations, address.Country, "shippingAddress.country");
        return new ShippingAddress(
            address.FullName, address.Line1, address.Line2, address.PostalCode, address.City, address.Region, address.Country);
    }

    /// <summary>Judges a part of an address that may be empty.</summary>
    internal static void CheckPart(Violations violations, string text, string field) => CheckText(violations, text, field, required: false);

    private static void CheckAddressText(Violations violations, string text, string field, bool required) =>
        CheckText(violations, text, $"shippingAddress.{field}", required);

    private static void CheckText(Violations violations, string text, string field, bool required)
    {
        var enough = !required || !string.IsNullOrWhiteSpace(text);
        violations.Check(
            enough && text.Length <= MaxAddressField && !text.Any(char.IsControl),
            field,
            $"must be {(required ? "1" : "0")} to {MaxAddressField} characters, none of them control characters");
    }

    private static bool IsEmail(string text) =>
        text.Length is > 0 and <= MaxEmail
        && !text.Any(character => char.IsControl(character) || char.IsWhiteSpace(character))
        && MailAddress.TryCreate(text, out var parsed)
        && parsed.Address == text;

    [GeneratedRegex(@"^(paypal|saved_[a-f0-9]{32}|pm_[A-Za-z0-9_]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex PaymentMethodForm();
}
