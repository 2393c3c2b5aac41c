using NexusCart.Common.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using NexusCart.Users.Domain;
using NexusCart.Users.V1;

namespace NexusCart.Users.Api;

/// <summary>Addresses on the wire and in the book.</summary>
internal static class AddressMapping
{
    private const int Longest = 200;

    /// <summary>Reads an address.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: a field is wrong.</exception>
    public static AddressEntry ToEntry(this PutAddressRequest request)
    {
        var address = request.Address ?? new Address();
        var violations = new Violations();
        violations.CheckId(request.AddressId, "addressId");
        Required(violations, address.FullName, "fullName");
        Required(violations, address.Line1, "line1");
        Optional(violations, address.Line2, "line2");
        Required(violations, address.PostalCode, "postalCode");
        Required(violations, address.City, "city");
        Optional(violations, address.Region, "region");
        violations.Check(
            address.Country is [>= 'A' and <= 'Z', >= 'A' and <= 'Z'], "address.country", "must be an ISO 3166-1 code of two letters, like DE");
        violations.ThrowIfAny();
        return new AddressEntry(
            request.AddressId, address.FullName, address.Line1, address.Line2, address.PostalCode, address.City, address.Region, address.Country);
    }

    /// <summary>Writes an address.</summary>
    public static BookedAddress ToMessage(this AddressEntry entry) => new()
    {
        AddressId = entry.Id,
        Address = new Address
        {
            FullName = entry.FullName,
            Line1 = entry.Line1,
            Line2 = entry.Line2,
            PostalCode = entry.PostalCode,
            City = entry.City,
            Region = entry.Region,
            Country = entry.Country,
        },
    };

    private static void Required(Violations violations, string text, string field) => violations.Check(
        !string.IsNullOrWhiteSpace(text) && text.Length <= Longest && !text.Any(char.IsControl), "address." + field, $"must have 1 to {Longest} characters");

    private static void Optional(Violations violations, string text, string field) => violations.Check(
        text.Length <= Longest && !text.Any(char.IsControl), "address." + field, $"must have at most {Longest} characters");
}
