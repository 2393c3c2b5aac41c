namespace NexusCart.Catalog.Domain.Structure;

/// <summary>A tree of categories, ready to be asked. Immutable.</summary>
public sealed class CategoryMap
{
    private readonly CategoryTree _tree;
    private readonly Dictionary<string, Category> _byId;
    private readonly Dictionary<string, string> _pathById = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _idByPath = new(StringComparer.Ordinal);

    /// <param name="tree">The tree. Acyclic: it is checked at every write.</param>
    public CategoryMap(CategoryTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        _tree = tree;
        _byId = tree.Categories.ToDictionary(category => category.Id, StringComparer.Ordinal);
        foreach (var category in tree.Categories)
            _idByPath[PathOf(category)] = category.Id;
    }

    /// <summary>No categories.</summary>
    public static CategoryMap Empty { get; } = new(CategoryTree.Empty);

    /// <summary>The tree's version.</summary>
    public long Version => _tree.Version;

    /// <summary>All categories, in no order.</summary>
    public IReadOnlyList<Category> Categories => _tree.Categories;

    /// <summary>A category by id.</summary>
    public Category? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The path of a category; null when there is none of that id.</summary>
    public string? PathOf(string id) => _pathById.GetValueOrDefault(id);

    /// <summary>The category of a path, now or before it was moved.</summary>
    public string? Resolve(string path) =>
        _idByPath.TryGetValue(path, out var id) || (_tree.FormerPaths.TryGetValue(path, out id) && _byId.ContainsKey(id)) ? id : null;

    /// <summary>Whether a category is another or below it.</summary>
    public bool IsAtOrBelow(string id, string ancestor)
    {
        for (var at = id; ; at = _byId[at].ParentId!)
        {
            if (at == ancestor)
                return true;
            if (!_byId.TryGetValue(at, out var category) || category.ParentId is null)
                return false;
        }
    }

    /// <summary>The ids of the categories by their paths, a new dictionary.</summary>
    public Dictionary<string, string> IdsByPath() => new(_idByPath, StringComparer.Ordinal);

    private string PathOf(Category category)
    {
        if (_pathById.TryGetValue(category.Id, out var known))
            return known;
        var path = category.ParentId is { } parent && _byId.TryGetValue(parent, out var above) ? $"{PathOf(above)}/{category.Slug}" : category.Slug;
        return _pathById[category.Id] = path;
    }
}
