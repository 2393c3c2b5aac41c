using Google.Protobuf;
using Google.Protobuf.Reflection;
using NexusCart.Catalog.V1;

namespace NexusCart.Cli.Catalogue;

/// <summary>What a line of a catalogue file may be besides a product.</summary>
public enum EntryKind
{
    /// <summary>A <see cref="Category"/>.</summary>
    Category,

    /// <summary>A <see cref="Brand"/>.</summary>
    Brand,

    /// <summary>An <see cref="AttributeDefinition"/>.</summary>
    Attribute,

    /// <summary>A <see cref="PriceList"/>.</summary>
    PriceList,

    /// <summary>A <see cref="ListPrice"/> of the list that the line names.</summary>
    Price,
}

/// <summary>An entry of a file that is no product.</summary>
/// <param name="Line">Where it stood in the file, from 1.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Entry">The entry in the API's form, without what only the catalogue gives; not yet judged by it.</param>
/// <param name="PriceListId">The list of a <see cref="EntryKind.Price"/>; else empty.</param>
public sealed record EntryRecord(long Line, EntryKind Kind, IMessage Entry, string PriceListId = "")
{
    /// <summary>What it is known by: an id, a slug, a name or a SKU.</summary>
    public string Id => Entry switch
    {
        Category category => category.CategoryId,
        Brand brand => brand.Slug,
        AttributeDefinition attribute => attribute.Name,
        PriceList list => list.PriceListId,
        ListPrice price => price.Sku,
        _ => "",
    };

    /// <summary>An entry as the catalogue shows it, less what only the catalogue gives.</summary>
    public static EntryRecord Of(long line, EntryKind kind, IMessage shown, string priceListId = "")
    {
        switch (shown)
        {
            case Category category:
                (category = category.Clone()).Version = 0;
                (category.Path, category.ProductCount) = ("", 0);
                return new(line, kind, category);
            case Brand brand:
                (brand = brand.Clone()).Version = 0;
                brand.ProductCount = 0;
                return new(line, kind, brand);
            case AttributeDefinition attribute:
                (attribute = attribute.Clone()).Version = 0;
                return new(line, kind, attribute);
            case PriceList list:
                (list = list.Clone()).Version = 0;
                return new(line, kind, list);
            default:
                return new(line, kind, shown, priceListId);
        }
    }

    /// <summary>The message of a kind.</summary>
    internal static MessageDescriptor DescriptorOf(EntryKind kind) => kind switch
    {
        EntryKind.Category => Category.Descriptor,
        EntryKind.Brand => Brand.Descriptor,
        EntryKind.Attribute => AttributeDefinition.Descriptor,
        EntryKind.PriceList => PriceList.Descriptor,
        _ => ListPrice.Descriptor,
    };
}
