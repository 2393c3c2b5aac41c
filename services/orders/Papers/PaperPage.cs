using System.Globalization;
using System.Net;
using System.Text;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Values;

namespace NexusCart.Orders.Papers;

/// <summary>An invoice or a credit note as one page of HTML: no script, no font, no picture from elsewhere. Pure.</summary>
public static class PaperPage
{
    private const string Style = """
        body{font:14px/1.5 system-ui,sans-serif;color:#1a1a1a;max-width:46rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.5rem;margin:2rem 0 .5rem}table{width:100%;border-collapse:collapse;margin:1.5rem 0}
        th,td{text-align:left;padding:.4rem .5rem;border-bottom:1px solid #ddd;vertical-align:top}
        .n{text-align:right;font-variant-numeric:tabular-nums}tfoot tr:last-child{font-weight:700}
        address{font-style:normal;margin-bottom:1.5rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0}
        @media print{body{margin:0}}
        """;

    /// <summary>Writes a document that has its number.</summary>
    /// <param name="order">The order.</param>
    /// <param name="documentId">The document.</param>
    /// <param name="seller">Who sells.</param>
    public static string Write(Order order, string documentId, PaperOptions seller)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(seller);
        var document = order.DocumentOf(documentId) ?? throw new ArgumentException($"{documentId} has no number.", nameof(documentId));
        var refund = order.RefundCreditedBy(documentId);
        var title = refund is null ? "Invoice" : "Credit note";
        var page = new StringBuilder(4_096);
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">")
            .Append(CultureInfo.InvariantCulture, $"<title>{title} {Text(document.Number)}</title><style>{Style}</style></head><body>");
        Address(page, [seller.SellerName, .. seller.SellerAddress, .. Labelled("Tax number: ", seller.SellerTaxId)]);
        Address(page, AddressOf(order.Recipient ?? order.ShippingAddress));
        page.Append(CultureInfo.InvariantCulture, $"<h1>{title} {Text(document.Number)}</h1><dl>");
        Fact(page, "Date", Date(document.IssuedAt));
        Fact(page, "Order", order.OrderId);
        Fact(page, "Ordered on", Date(order.CreatedAt));
        if (refund is not null)
            Fact(page, "Credits invoice", order.DocumentOf(Order.InvoiceId)?.Number ?? string.Empty);
        page.Append("</dl>");
        if (refund is null)
            Invoice(page, order);
        else
            Credit(page, order, refund);
        return page.Append("</body></html>\n").ToString();
    }

    private static void Invoice(StringBuilder page, Order order)
    {
        page.Append("<table><thead><tr><th>Article</th><th class=\"n\">Quantity</th><th class=\"n\">Price</th><th class=\"n\">Tax rate</th><th class=\"n\">Amount</th></tr></thead><tbody>");
        foreach (var line in order.Lines)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(line.Title)}<br><small>{Text(line.Sku)}</small></td><td class=\"n\">{line.Quantity}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td class=\"n\">{line.UnitPrice}</td><td class=\"n\">{Rate(line.Tax?.RateBasisPoints ?? 0)}</td><td class=\"n\">{line.LineTotal}</td></tr>");
        }

        page.Append("</tbody><tfoot>");
        var sum = MoneyAmount.Sum(order.Lines.Select(line => line.LineTotal), order.Total.Currency);
        if (order.Shipping is { } shipping)
        {
            sum += shipping.Price;
            Sum(page, $"Shipping: {shipping.Name}", shipping.Price);
        }

        var onTop = order.IsTaxIncluded ? MoneyAmount.Zero(sum.Currency) : MoneyAmount.Sum(order.Taxes.Select(tax => tax.Amount), sum.Currency);
        if (sum + onTop - order.Total is { MinorUnits: > 0 } discount)
            Sum(page, "Discounts", discount with { MinorUnits = -discount.MinorUnits });
        Taxes(page, order.Taxes, order.IsTaxIncluded);
        Sum(page, "Total", order.Total);
        page.Append("</tfoot></table>");
    }

    private static void Credit(StringBuilder page, Order order, Refund refund)
    {
        page.Append("<table><thead><tr><th>Article</th><th class=\"n\">Quantity</th><th colspan=\"2\"></th><th class=\"n\">Amount</th></tr></thead><tbody>");
        foreach (var line in refund.Share.Lines)
        {
            var title = order.Lines.FirstOrDefault(ordered => ordered.Sku == line.Sku)?.Title ?? line.Sku;
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(title)}<br><small>{Text(line.Sku)}</small></td><td class=\"n\">{line.Quantity}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td colspan=\"2\"></td><td class=\"n\">{line.Amount}</td></tr>");
        }

        page.Append("</tbody><tfoot>");
        if (refund.Share.Shipping.MinorUnits > 0)
            Sum(page, "Shipping", refund.Share.Shipping);
        var listed = MoneyAmount.Sum(refund.Share.Lines.Select(line => line.Amount), refund.Share.Amount.Currency) + refund.Share.Shipping;
        if (refund.Share.Amount - listed is { MinorUnits: not 0 } other)
            Sum(page, refund.Share.Lines.Count == 0 ? "Reduction" : "Adjustment", other);
        Taxes(page, refund.Share.Taxes, isIncluded: true);
        Sum(page, "Total credited", refund.Share.Amount);
        page.Append("</tfoot></table>");
    }

    private static void Taxes(StringBuilder page, IReadOnlyList<TaxTotal> taxes, bool isIncluded)
    {
        foreach (var tax in taxes)
            Sum(page, $"{(isIncluded ? "Includes" : "Plus")} {Rate(tax.RateBasisPoints)} tax on {tax.Net}", tax.Amount);
    }

    private static void Sum(StringBuilder page, string label, MoneyAmount amount) =>
        page.Append(CultureInfo.InvariantCulture, $"<tr><td colspan=\"4\">{Text(label)}</td><td class=\"n\">{amount}</td></tr>");

    private static void Fact(StringBuilder page, string name, string value) =>
        page.Append(CultureInfo.InvariantCulture, $"<dt>{name}</dt><dd>{Text(value)}</dd>");

    private static void Address(StringBuilder page, IEnumerable<string> lines) =>
        page.Append("<address>").AppendJoin("<br>", lines.Where(line => line.Length > 0).Select(Text)).Append("</address>");

    private static IEnumerable<string> AddressOf(ShippingAddress address) =>
        [address.FullName, address.Line1, address.Line2, $"{address.PostalCode} {address.City}", address.Region, address.Country];

    private static string[] Labelled(string label, string value) => value.Length == 0 ? [] : [label + value];

    private static string Date(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Rate(int basisPoints) => string.Create(CultureInfo.InvariantCulture, $"{basisPoints / 100m:0.##} %");

    // What customers wrote is never markup.
    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
