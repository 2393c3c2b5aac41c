using Grpc.Core;
using NexusCart.Catalog.Domain.Prices;
using NexusCart.Catalog.ReadModel;
using NexusCart.Common.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;

namespace NexusCart.Catalog.Api;

/// <summary>For whom prices are shown.</summary>
/// <param name="Currency">ISO 4217; empty for each product's own.</param>
/// <param name="CustomerGroup">The customer's group; empty where he has none.</param>
/// <param name="At">When.</param>
public readonly record struct PriceView(string Currency, string CustomerGroup, DateTimeOffset At);

/// <summary>
/// Puts the prices on products that hold for the caller. For a variant: its own price of a list, else the product's of a list, else its
/// own base price, else the product's.
/// </summary>
public sealed class PriceTag(StructureIndex structure, TimeProvider time)
{
    /// <summary>The view of a customer who asks for himself, now.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: the currency is none.</exception>
    public async Task<PriceView> ViewAsync(string currency, ServerCallContext context)
    {
        CheckCurrency(currency);
        return new PriceView(currency, await context.CustomerGroupAsync(), time.GetUtcNow());
    }

    /// <summary>The view that a batch asks for; only services may ask for somebody else's or another moment's.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: a field is wrong. PERMISSION_DENIED: the caller is no service.</exception>
    public async Task<(PriceView View, bool ForService)> ViewAsync(V1.GetProductsRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        CheckCurrency(request.Currency);
        var violations = new Violations();
        foreach (var (sku, quantity) in request.Quantities)
            violations.Check(quantity >= 1, $"quantities.{sku}", "must be 1 or more");
        if (request.CustomerGroup.Length > 0)
            violations.Check(CustomerGroups.IsGroup(request.CustomerGroup), "customerGroup", CustomerGroups.Form);
        if (request.At is not null)
            violations.CheckMoment(request.At, "at");
        violations.ThrowIfAny();

        var service = await context.IsServiceAsync();
        if (!service && (request.CustomerGroup.Length > 0 || request.At is not null))
            throw Refusal.Forbidden("Whose prices and when is for services to say.");
        var group = request.CustomerGroup.Length > 0 ? request.CustomerGroup : await context.CustomerGroupAsync();
        return (new PriceView(request.Currency, group, request.At?.ToDateTimeOffset() ?? time.GetUtcNow()), service);
    }

    /// <summary>A product with the price that holds for so many units: itself where that is the base price.</summary>
    public V1.Product Price(V1.Product product, in PriceView view, int quantity = 1)
    {
        ArgumentNullException.ThrowIfNull(product);
        var question = new PriceQuestion(
            view.Currency.Length == 0 ? product.Price.Currency : view.Currency, view.CustomerGroup, quantity, view.At);
        if (product.Variants.Count > 0)
            return PriceVariants(product, question);
        return Choose(product.Sku, product.ParentSku, question) is { } price ? Priced(product, price, question) : product;
    }

    /// <summary>The same for one unit, with what it costs by the number of units.</summary>
    public V1.Product PriceWithTiers(V1.Product product, in PriceView view)
    {
        var priced = Price(product, view);
        var question = new PriceQuestion(priced.Price.Currency, view.CustomerGroup, 1, view.At);
        var tiers = TiersOf(product.Sku, product.ParentSku, product.Price, question);
        var ofVariants = product.Variants
            .Select(variant => TiersOf(variant.Sku, product.Sku, variant.Price ?? product.Price, question))
            .ToList();
        if (tiers.Count == 0 && ofVariants.TrueForAll(static own => own.Count == 0))
            return priced;

        if (ReferenceEquals(priced, product))
            priced = product.Clone();
        priced.PriceTiers.AddRange(tiers.Select(StructureMapping.ToContract));
        foreach (var (variant, own) in priced.Variants.Zip(ofVariants))
            variant.PriceTiers.AddRange(own.Select(StructureMapping.ToContract));
        return priced;
    }

    private ChosenPrice? Choose(string sku, string parentSku, in PriceQuestion question) =>
        structure.Prices.Choose(sku, question) ?? (parentSku.Length > 0 ? structure.Prices.Choose(parentSku, question) : null);

    private IReadOnlyList<PriceTier> TiersOf(string sku, string parentSku, Money basePrice, PriceQuestion question)
    {
        var prices = structure.Prices;
        if (!prices.Knows(sku) && !prices.Knows(parentSku))
            return [];
        return PriceLadder.Of(
            prices.StepsOf(sku).Concat(prices.StepsOf(parentSku)),
            quantity => Choose(sku, parentSku, question with { Quantity = quantity })?.MinorUnits
                ?? (basePrice.Currency == question.Currency ? basePrice.MinorUnits : null));
    }

    private V1.Product PriceVariants(V1.Product product, in PriceQuestion question)
    {
        var prices = structure.Prices;
        if (!prices.Knows(product.Sku) && !product.Variants.Any(variant => prices.Knows(variant.Sku)))
            return product;

        var ofAll = prices.Choose(product.Sku, question);
        var priced = ofAll is { } price ? Priced(product, price, question) : product.Clone();
        foreach (var variant in priced.Variants)
        {
            if ((prices.Choose(variant.Sku, question) ?? ofAll) is { } own)
                variant.Price = new Money { MinorUnits = own.MinorUnits, Currency = question.Currency };
        }

        return priced;
    }

    private static V1.Product Priced(V1.Product product, ChosenPrice price, in PriceQuestion question)
    {
        var priced = product.Clone();
        priced.Price = new Money { MinorUnits = price.MinorUnits, Currency = question.Currency };
        priced.PriceListId = price.ListId;
        return priced;
    }

    private static void CheckCurrency(string currency)
    {
        if (currency.Length > 0 && !Currency.IsKnown(currency))
            throw Refusal.Invalid("currency", "must be an ISO 4217 code, like EUR");
    }
}
