using System.Text.RegularExpressions;

namespace NexusCart.Tests.Sidecar.Sdk.JavaScript;

/// <summary>A scenario of <c>Sdk/js</c>.</summary>
/// <param name="Protocol">What app and client speak: "http", "grpc".</param>
/// <param name="Block">The building block.</param>
/// <param name="Title">As the program prints it.</param>
public sealed record SdkScenario(string Protocol, string Block, string Title);

/// <summary>The scenarios that are written there.</summary>
public static partial class SdkScenarios
{
    /// <summary>Where they lie.</summary>
    public static string Folder { get; } = Path.Combine(RepositoryRoot.Folder, "tests", "Sidecar", "Sdk", "js");

    /// <summary>All, read from the files, since a machine without Node.js must know them too.</summary>
    public static IReadOnlyList<SdkScenario> All { get; } =
    [
        .. from file in Directory.EnumerateFiles(Path.Combine(Folder, "scenarios"), "*.mjs").Order(StringComparer.Ordinal)
           from Match declared in Declaration().Matches(File.ReadAllText(file))
           from protocol in declared.Groups["protocols"].Value.Split(' ')
           let block = declared.Groups["block"].Value
           select new SdkScenario(protocol, block, $"{protocol} {block}: {declared.Groups["name"].Value}"),
    ];

    /// <summary>Why they cannot run here; null when they can.</summary>
    public static string? WhyNot { get; } =
        !Directory.Exists(Path.Combine(Folder, "node_modules")) ? "its packages are not installed: npm ci in tests/Sidecar/Sdk/js"
        : !IsOnPath("node") ? "Node.js is not installed"
        : null;

    private static bool IsOnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program)));

    [GeneratedRegex("""^scenario\('(?<protocols>[^']+)', '(?<block>[^']+)', (?<quote>['"])(?<name>.+?)\k<quote>""", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
