using Xunit.Sdk;
using Xunit.v3;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>
/// Runs the cases in the order they were recorded in: the cases of a profile share one sidecar, and some leave state behind under a
/// key without <c>${uid}</c> (a transaction writes the empty one) that another expects not to find.
/// </summary>
public sealed class RecordedOrder : ITestCaseOrderer
{
    private static readonly Dictionary<string, int> Positions = ConformanceTests.Load()
        .Select((testCase, position) => (Id: testCase["id"]!.GetValue<string>(), position))
        .ToDictionary(entry => entry.Id, entry => entry.position, StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCase> OrderTestCases<TTestCase>(IReadOnlyCollection<TTestCase> testCases)
        where TTestCase : notnull, ITestCase =>
        // The id comes first in the display name, before the arguments that a runner may add.
        [.. testCases.OrderBy(testCase => Positions.GetValueOrDefault(testCase.TestCaseDisplayName.Split('(')[0], int.MaxValue))];
}
