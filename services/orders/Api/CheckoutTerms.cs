using System.Net.Mail;
using System.Text.RegularExpressions;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using Wire = NexusCart.Orders.V1;

namespace NexusCart.Orders.Api;

/// <summary>A checkout request that was found in order.</summary>
/// <param name="CartId">The cart to buy.</param>
/// <param name="PaymentMethod">The provider's token of the payment method.</param>
/// <param name="Email">Where the receipt goes.</param>
/// <param name="Address">Where the goods go.</param>
public sealed partial record CheckoutTerms(string CartId, string PaymentMethod, string Email, ShippingAddress Address)
{
    private const int MaxAddressField = 200;
    private const int MaxEmail = 254;
    private const int MaxPaymentMethod = 128;

    /// <summary>The request's canonical hash.</summary>
    public string Hash => BodyHash.Of(CartId, PaymentMethod, Email, Address);

    /// <summary>Judges a request.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, with every field that is wrong. What a field holds is not
    /// repeated: it might be a card number.</exception>
    public static CheckoutTerms Read(Wire.CheckoutRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.CheckId(request.CartId, "cartId");
        violations.Check(
            request.PaymentMethod.Length <= MaxPaymentMethod && PaymentMethodForm().IsMatch(request.PaymentMethod),
            "paymentMethod",
            "must be the payment provider's token, like pm_card_visa; never a card number");
        violations.Check(IsEmail(request.Email), "email", $"must be an e-mail address of up to {MaxEmail} characters");
        var address = ReadAddress(request.ShippingAddress, violations);
        violations.ThrowIfAny();
        return new CheckoutTerms(request.CartId, request.PaymentMethod, request.Email, address!);
    }

    private static ShippingAddress? ReadAddress(Common.V1.Address? address, Violations violations)
    {
        if (!violations.Check(address is not null, "shippingAddress", "is needed"))
            return null;
        CheckText(violations, address!.FullName, "fullName", required: true);
        CheckText(violations, address.Line1, "line1", required: true);
        CheckText(violations, address.Line2, "line2", required: false);
        CheckText(violations, address.PostalCode, "postalCode", required: true);
        CheckText(violations, address.City, "city", required: true);
        CheckText(violations, address.Region, "region", required: false);
        violations.Check(
            address.Country.Length == 2 && address.Country.All(char.IsAsciiLetterUpper),
            "shippingAddress.country",
            "must be an ISO 3166-1 code of two upper-case letters, like DE");
        return new ShippingAddress(
            address.FullName, address.Line1, address.Line2, address.PostalCode, address.City, address.Region, address.Country);
    }

    private static void CheckText(Violations violations, string text, string field, bool required)
    {
        var enough = !required || !string.IsNullOrWhiteSpace(text);
        violations.Check(
            enough && text.Length <= MaxAddressField && !text.Any(char.IsControl),
            $"shippingAddress.{field}",
            $"must be {(required ? "1" : "0")} to {MaxAddressField} characters, none of them control characters");
    }

    private static bool IsEmail(string text) =>
        text.Length is > 0 and <= MaxEmail
        && !text.Any(character => char.IsControl(character) || char.IsWhiteSpace(character))
        && MailAddress.TryCreate(text, out var parsed)
        && parsed.Address == text;

    [GeneratedRegex(@"^pm_[A-Za-z0-9_]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex PaymentMethodForm();
}
