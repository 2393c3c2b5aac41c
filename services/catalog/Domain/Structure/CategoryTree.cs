using System.Text;

namespace NexusCart.Catalog.Domain.Structure;

/// <summary>A category.</summary>
/// <param name="Id">Stays when it is moved or renamed.</param>
/// <param name="ParentId">Null for a root.</param>
/// <param name="Slug">The last part of its path, unique among its siblings.</param>
/// <param name="Name">For people.</param>
/// <param name="Order">Among its siblings, the lowest first.</param>
/// <param name="Version">1 for the first, one more with each change of its own.</param>
public sealed record Category(string Id, string? ParentId, string Slug, string Name, int Order, long Version);

/// <summary>Creates, changes or moves a category.</summary>
/// <param name="Draft">The category; its version is ignored.</param>
/// <param name="ExpectedVersion">The version the edit was made on, 0 for a new one; null where that does not matter.</param>
public sealed record PutCategory(Category Draft, long? ExpectedVersion) : EntryCommand;

/// <summary>Takes a category away.</summary>
public sealed record RemoveCategory(string Id) : EntryCommand;

/// <summary>Makes what is missing of the paths that products name.</summary>
public sealed record GrowCategories(IReadOnlyList<string> Paths) : EntryCommand;

/// <summary>
/// All categories, one aggregate: only who sees the whole tree can keep it free of cycles. Bounded, so that a change stays one small
/// write.
/// </summary>
/// <param name="Categories">In no order.</param>
/// <param name="FormerPaths">Paths that categories had before they were moved, with the category's id: products still name them.</param>
/// <param name="Version">1 for the first, one more with each change.</param>
/// <param name="UpdatedAt">When it last changed.</param>
public sealed record CategoryTree(
    IReadOnlyList<Category> Categories,
    IReadOnlyDictionary<string, string> FormerPaths,
    long Version,
    DateTimeOffset UpdatedAt) : CatalogEntry(Version, UpdatedAt)
{
    /// <summary>The most categories there can be; and the most former paths.</summary>
    public const int MaxCategories = 4_000;

    private const int MaxSlug = 100;
    private const int MaxName = 200;
    private const int MaxPath = 200;
    private const int MaxOrder = 1_000_000;
    private const int MaxMadeId = 56;

    /// <summary>No categories.</summary>
    public static CategoryTree Empty { get; } = new([], new Dictionary<string, string>(), 0, default);

    /// <summary>Applies a command; what it refuses names the field.</summary>
    public static EntryAnswer Apply(CategoryTree tree, EntryCommand command, DateTimeOffset now) => command switch
    {
        PutCategory put => tree.Put(put, now),
        RemoveCategory remove => tree.Remove(remove.Id, now),
        GrowCategories grow => tree.Grow(grow.Paths, now),
        _ => new EntryAnswer(RevisionOutcome.Unchanged, tree),
    };

    /// <inheritdoc/>
    public override bool SameContentAs(CatalogEntry other) =>
        other is CategoryTree tree && Same.Lists(Categories, tree.Categories) && Same.Maps(FormerPaths, tree.FormerPaths);

    private EntryAnswer Put(PutCategory put, DateTimeOffset now)
    {
        var map = new CategoryMap(this);
        var draft = put.Draft;
        var current = map.Find(draft.Id);
        if (current is not null && draft with { Version = current.Version } == current)
            return new(RevisionOutcome.Unchanged, this);
        if (put.ExpectedVersion is { } expected && expected != (current?.Version ?? 0))
            return new(RevisionOutcome.Stale, this);
        if (Check(map, draft) is { } fault)
            return new(RevisionOutcome.Refused, this, fault);

        var category = draft with { Version = (current?.Version ?? 0) + 1 };
        var next = this with
        {
            Categories = [.. Categories.Where(other => other.Id != draft.Id), category],
            Version = Version + 1,
            UpdatedAt = now,
        };
        var paths = new CategoryMap(next);
        if (paths.Find(draft.Id) is not null && next.Categories.FirstOrDefault(moved => paths.PathOf(moved.Id)!.Length > MaxPath) is { } tooDeep)
            return new(RevisionOutcome.Refused, this, new("parentId", $"would make the path of {tooDeep.Id} longer than {MaxPath} characters"));
        return new(
            current is null ? RevisionOutcome.Created : RevisionOutcome.Updated,
            next with { FormerPaths = Moved(map, paths) });
    }

    private ProductFault? Check(CategoryMap map, Category draft)
    {
        if (draft.Slug.Length is 0 or > MaxSlug || string.IsNullOrWhiteSpace(draft.Slug) || draft.Slug.Contains('/'))
            return new("slug", $"must be 1 to {MaxSlug} characters without a slash");
        if (string.IsNullOrWhiteSpace(draft.Name) || draft.Name.Length > MaxName)
            return new("name", $"must be 1 to {MaxName} characters");
        if (draft.Order is < -MaxOrder or > MaxOrder)
            return new("order", $"must be {-MaxOrder} to {MaxOrder}");
        if (draft.ParentId is { } parent && map.Find(parent) is null && parent != draft.Id)
            return new("parentId", $"there is no category '{parent}'");
        if (draft.ParentId is { } above && map.IsAtOrBelow(above, draft.Id))
            return new("parentId", "would put the category below itself");
        if (Categories.FirstOrDefault(other => other.Id != draft.Id && other.ParentId == draft.ParentId && other.Slug == draft.Slug) is { } sibling)
            return new("slug", $"is the slug of the category '{sibling.Id}' beside it");
        return map.Find(draft.Id) is null && Categories.Count >= MaxCategories ? new("categoryId", $"there can be {MaxCategories} categories at most") : null;
    }

    private EntryAnswer Remove(string id, DateTimeOffset now)
    {
        if (Categories.All(category => category.Id != id))
            return new(RevisionOutcome.Unchanged, this);
        if (Categories.FirstOrDefault(category => category.ParentId == id) is { } child)
            return new(RevisionOutcome.Refused, this, new("categoryId", $"has the category '{child.Id}' below it"));
        return new(RevisionOutcome.Updated, this with
        {
            Categories = [.. Categories.Where(category => category.Id != id)],
            FormerPaths = FormerPaths.Where(path => path.Value != id).ToDictionary(StringComparer.Ordinal),
            Version = Version + 1,
            UpdatedAt = now,
        });
    }

    /// <summary>Part by part; a path that a category had before leads to that category, and nothing is made.</summary>
    private EntryAnswer Grow(IReadOnlyList<string> paths, DateTimeOffset now)
    {
        var categories = Categories.ToList();
        var map = new CategoryMap(this);
        var made = map.IdsByPath();
        var ids = categories.Select(category => category.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            if (map.Resolve(path) is not null)
                continue;
            string? parent = null;
            for (var (end, start) = (0, 0); end < path.Length; start = end + 1)
            {
                end = path.IndexOf('/', start) is >= 0 and var slash ? slash : path.Length;
                if (!made.TryGetValue(path[..end], out var id))
                {
                    if (categories.Count >= MaxCategories)
                        return new(RevisionOutcome.Refused, this, new("category", $"there can be {MaxCategories} categories at most"));
                    made[path[..end]] = id = MakeId(path[..end], ids);
                    categories.Add(new Category(id, parent, path[start..end], NameOf(path[start..end]), 0, 1));
                }

                parent = id;
            }
        }

        return categories.Count == Categories.Count
            ? new(RevisionOutcome.Unchanged, this)
            : new(RevisionOutcome.Updated, this with
            {
                Categories = categories,
                FormerPaths = FormerPaths.Where(former => !made.ContainsKey(former.Key)).ToDictionary(StringComparer.Ordinal),
                Version = Version + 1,
                UpdatedAt = now,
            });
    }

    private static string MakeId(string path, HashSet<string> taken)
    {
        var stem = Slugs.Of(path, MaxMadeId) is { Length: > 0 } slug ? slug : "category";
        var id = stem;
        for (var number = 2; !taken.Add(id); number++)
            id = string.Create(null, $"{stem}-{number}");
        return id;
    }

    /// <summary>"smart-home" is "Smart home".</summary>
    private static string NameOf(string slug)
    {
        var name = new StringBuilder(slug).Replace('-', ' ').Replace('_', ' ');
        name[0] = char.ToUpperInvariant(name[0]);
        return name.ToString().Trim() is { Length: > 0 } text ? text : slug;
    }

    /// <summary>The former paths after a change: what moved leaves its path behind, unless a category took it.</summary>
    private Dictionary<string, string> Moved(CategoryMap before, CategoryMap after)
    {
        var former = new Dictionary<string, string>(FormerPaths, StringComparer.Ordinal);
        foreach (var (path, id) in before.IdsByPath())
        {
            if (after.PathOf(id) is { } now && now != path)
                former[path] = id;
        }

        foreach (var path in after.IdsByPath().Keys)
            former.Remove(path);
        return former.Count <= MaxCategories
            ? former
            : former.OrderBy(entry => entry.Key, StringComparer.Ordinal).Take(MaxCategories).ToDictionary(StringComparer.Ordinal);
    }
}
