using System.ComponentModel.DataAnnotations;

namespace NexusCart.Orders.Papers;

/// <summary>Who sells, as invoices say it; from the configuration section <c>Orders:Papers</c>.</summary>
public sealed class PaperOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Orders:Papers";

    /// <summary>What numbers begin with: 1 to 12 of A-Z 0-9. A shop's own.</summary>
    [RegularExpression("^[A-Z0-9]{1,12}$")]
    public string Prefix { get; set; } = "NC";

    /// <summary>The seller's name.</summary>
    [Required]
    public string SellerName { get; set; } = "NexusCart";

    /// <summary>The seller's address, one line an entry.</summary>
    public IReadOnlyList<string> SellerAddress { get; set; } = [];

    /// <summary>The seller's tax number; empty: not printed.</summary>
    public string SellerTaxId { get; set; } = string.Empty;
}
