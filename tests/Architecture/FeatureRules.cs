using System.Text.RegularExpressions;

namespace NexusCart.Tests.Architecture;

/// <summary>docs/features.md says what the shop can do: nothing without a test that shows it.</summary>
public sealed partial class FeatureRules
{
    [Fact]
    public void Every_feature_that_is_there_names_a_test_that_exists()
    {
        var rows = Row().Matches(Repository.Files.Single(file => file.Path == "docs/features.md").Text).ToList();
        Assert.True(rows.Count >= 60, "the table has lost its rows");
        Assert.All(rows, row => Assert.Matches("^(yes|part|no)", row.Groups["here"].Value));
        foreach (var row in rows.Where(row => !row.Groups["here"].Value.StartsWith("no", StringComparison.Ordinal)))
            NamedTests.AssertIn(row.Groups["tests"].Value);
    }

    // Heads and the line below them are no rows.
    [GeneratedRegex(@"^\| (?!feature )(?!-)(?<feature>[^|]+) \| (?<here>[^|]+) \| (?<tests>[^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
