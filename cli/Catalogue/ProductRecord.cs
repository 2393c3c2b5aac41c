using NexusCart.Catalog.V1;

namespace NexusCart.Cli.Catalogue;

/// <summary>A product of a file, with the units that come with it.</summary>
/// <param name="Line">Where it stood in the file, from 1.</param>
/// <param name="Product">The product; not yet judged by the catalogue.</param>
/// <param name="Stock">
/// Units to put into stock, 0 to 1,000,000; null when the file does not say. Of a product with variants, those of each variant.
/// </param>
/// <param name="Variants">What the file says of each variant in rows of their own; null where they stand in the product's line.</param>
public sealed record ProductRecord(long Line, Product Product, int? Stock, IReadOnlyList<VariantRow>? Variants = null);

/// <summary>A variant's row.</summary>
/// <param name="Line">Where it stood in the file, from 1.</param>
/// <param name="Stock">Units to put into stock, 0 to 1,000,000; null when the row does not say.</param>
public sealed record VariantRow(long Line, int? Stock);

/// <summary>A line that cannot be imported.</summary>
/// <param name="Line">Where it stood in the file, from 1.</param>
/// <param name="Sku">The SKU, or what else the line's entry is known by, as far as it could be read.</param>
/// <param name="Field">The field that is wrong; empty when the whole line is.</param>
/// <param name="Reason">What is wrong, for people.</param>
public sealed record RefusedLine(long Line, string Sku, string Field, string Reason);

/// <summary>What one line turned out to be: exactly one of the three is set.</summary>
public readonly record struct ReadLine(ProductRecord? Record, RefusedLine? Refused, EntryRecord? Entry = null);

/// <summary>A line's content breaks the file format.</summary>
public sealed class ProductFormatException : Exception
{
    /// <param name="field">The field that is wrong.</param>
    /// <param name="reason">What is wrong with it.</param>
    public ProductFormatException(string field, string reason)
        : base(reason) => Field = field;

    /// <summary>The field that is wrong.</summary>
    public string Field { get; }
}
