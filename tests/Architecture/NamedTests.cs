using System.Text.RegularExpressions;

namespace NexusCart.Tests.Architecture;

/// <summary>Tests that the documentation names, as <c>Class.Method</c> in code marks.</summary>
internal static partial class NamedTests
{
    /// <summary>Holds that a piece of documentation names at least one test, and that each it names exists.</summary>
    public static void AssertIn(string text)
    {
        var names = TestName().Matches(text).ToList();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains(Repository.Code("tests"), file =>
            Path.GetFileNameWithoutExtension(file.Path) == name.Groups[1].Value
            && Regex.IsMatch(file.Text, $@"public (async )?(Task|void) {name.Groups[2].Value}\(")));
    }

    [GeneratedRegex(@"`(\w+(?:Tests|Rules))\.(\w+)`")]
    private static partial Regex TestName();
}
