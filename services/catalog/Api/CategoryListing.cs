using NexusCart.Catalog.Domain.Structure;
using NexusCart.Catalog.ReadModel;

namespace NexusCart.Catalog.Api;

/// <summary>Categories in the order they are shown: parents before children, children in their order.</summary>
internal static class CategoryListing
{
    public static List<V1.Category> InOrder(CategoryMap map, ProductShelves shelves)
    {
        var children = map.Categories.ToLookup(category => category.ParentId ?? "", StringComparer.Ordinal);
        var listed = new List<V1.Category>(map.Categories.Count);
        List("");
        // Paths that only products name: those written before there were categories of staff's making.
        listed.AddRange(shelves.Categories.Where(category => map.Resolve(category.Path) is null));
        return listed;

        void List(string parent)
        {
            foreach (var category in children[parent].OrderBy(category => category.Order).ThenBy(category => category.Slug, StringComparer.Ordinal))
            {
                var path = map.PathOf(category.Id)!;
                listed.Add(StructureMapping.ToContract(category, path, shelves.CountOf(path)));
                List(category.Id);
            }
        }
    }
}
