using CsCheck;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.Domain.Structure;

namespace NexusCart.Tests.Unit.Catalog;

public sealed class CategoryTreeTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<EntryCommand> Command = Gen.Frequency<EntryCommand>(
        (6, from id in Gen.Int[0, 7]
            from parent in Gen.Int[-1, 7]
            from slug in Gen.Int[0, 4]
            select (EntryCommand)new PutCategory(new Category($"c{id}", parent < 0 ? null : $"c{parent}", $"s{slug}", "Name", 0, 0), null)),
        (1, Gen.Int[0, 7].Select(id => (EntryCommand)new RemoveCategory($"c{id}"))),
        (1, Gen.Int[0, 4].Array[1, 3].Select(parts => (EntryCommand)new GrowCategories([string.Join('/', parts.Select(part => $"s{part}"))]))));

    [Fact]
    public void Whatever_is_done_the_tree_has_no_cycle_and_no_two_categories_one_path() =>
        Command.Array[0, 40].Sample(commands =>
        {
            var tree = CategoryTree.Empty;
            foreach (var command in commands)
            {
                var answer = EntryRevision.Apply(tree, command, Now);
                var next = (CategoryTree)answer.Entry!;
                Assert.Equal(answer.Outcome is RevisionOutcome.Created or RevisionOutcome.Updated ? tree.Version + 1 : tree.Version, next.Version);
                tree = next;
                AssertSound(tree);
            }
        });

    [Fact]
    public void What_moved_answers_to_its_former_path() =>
        Command.Array[1, 40].Sample(commands =>
        {
            var tree = CategoryTree.Empty;
            foreach (var command in commands)
            {
                var before = new CategoryMap(tree);
                tree = (CategoryTree)EntryRevision.Apply(tree, command, Now).Entry!;
                var after = new CategoryMap(tree);
                foreach (var (path, id) in before.IdsByPath())
                {
                    if (after.Find(id) is not null && !after.IdsByPath().ContainsKey(path))
                        Assert.Equal(id, after.Resolve(path));
                }
            }
        });

    [Fact]
    public void A_category_below_itself_is_refused()
    {
        var tree = Grown("a/b/c");
        var answer = CategoryTree.Apply(tree, new PutCategory(new Category("a", "a-b-c", "a", "A", 0, 0), null), Now);
        Assert.Equal((RevisionOutcome.Refused, "parentId"), (answer.Outcome, answer.Fault!.Field));
        Assert.Same(tree, answer.Entry);
    }

    [Fact]
    public void A_path_is_made_once_with_all_above_it()
    {
        var tree = Grown("a/b/c", "a/b", "a/d");
        Assert.Equal(["a", "a/b", "a/b/c", "a/d"], new CategoryMap(tree).IdsByPath().Keys.Order());
        Assert.Same(tree, CategoryTree.Apply(tree, new GrowCategories(["a/d"]), Now).Entry);
    }

    [Fact]
    public void An_edit_of_another_version_is_stale_and_a_repeated_one_is_not()
    {
        var tree = Grown("a");
        var edit = new PutCategory(new Category("a", null, "a", "Audio", 0, 0), ExpectedVersion: 1);
        var done = CategoryTree.Apply(tree, edit, Now);
        Assert.Equal(RevisionOutcome.Updated, done.Outcome);
        Assert.Equal(RevisionOutcome.Unchanged, CategoryTree.Apply((CategoryTree)done.Entry!, edit, Now).Outcome);
        var other = edit with { Draft = edit.Draft with { Name = "Sound" } };
        Assert.Equal(RevisionOutcome.Stale, CategoryTree.Apply((CategoryTree)done.Entry!, other, Now).Outcome);
    }

    [Fact]
    public void What_has_others_below_it_stays()
    {
        var answer = CategoryTree.Apply(Grown("a/b"), new RemoveCategory("a"), Now);
        Assert.Equal((RevisionOutcome.Refused, "categoryId"), (answer.Outcome, answer.Fault!.Field));
    }

    private static CategoryTree Grown(params string[] paths) =>
        (CategoryTree)CategoryTree.Apply(CategoryTree.Empty, new GrowCategories(paths), Now).Entry!;

    private static void AssertSound(CategoryTree tree)
    {
        var byId = tree.Categories.ToDictionary(category => category.Id);
        foreach (var category in tree.Categories)
        {
            var seen = new HashSet<string>();
            for (var at = category; at.ParentId is not null; at = byId[at.ParentId])
                Assert.True(seen.Add(at.Id), $"{category.Id} is below itself");
        }

        var map = new CategoryMap(tree);
        Assert.Equal(tree.Categories.Count, map.IdsByPath().Count);
        Assert.DoesNotContain(tree.FormerPaths.Keys, map.IdsByPath().ContainsKey);
    }
}
