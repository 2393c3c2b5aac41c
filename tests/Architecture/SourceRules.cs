using System.Text.RegularExpressions;

namespace NexusCart.Tests.Architecture;

/// <summary>What the sources keep to.</summary>
public sealed partial class SourceRules
{
    private const int MostLines = 450;
    private const int MostProgramLines = 30;

    /// <summary>Where time and ids may come from nowhere: each with its reason.</summary>
    private static readonly (string Folder, string What)[] Exempt =
    [
        ("tests/", ""), // Tests make their own.
        ("bench/", ""), // A load generator is a client.
        ("cli/", "Guid"), // A client's idempotency keys.
        ("local/sidecar/", "Guid"), // Dapr's own ids are random UUIDs: etags, event ids.
        ("local/sidecar/Hosting/Run/SolutionBuild.cs", "DateTime"), // Compared with file times, which are the machine's.
        ("local/compat/", ""), // The official package's behaviour, to the letter.
        ("local/sandbox/", "Guid"), // A foreign provider's ids.
    ];

    [Fact]
    public void Files_are_short()
    {
        var wrong = from file in Repository.Code()
                    let lines = file.Lines.Length
                    where lines > MostLines
                    select $"{file.Path} has {lines} lines; {MostLines} are the most";
        Assert.Empty(wrong);
    }

    [Fact]
    public void A_services_program_reads_like_a_table_of_contents()
    {
        var wrong = from file in Repository.Code("services")
                    where file.Path.EndsWith("/Program.cs", StringComparison.Ordinal) && file.Lines.Length > MostProgramLines
                    select $"{file.Path} has {file.Lines.Length} lines; {MostProgramLines} are the most";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Time_comes_from_a_time_provider_and_ids_from_time()
    {
        var wrong = from file in Repository.Code()
                    from line in file.Lines.Select((text, index) => (text, index))
                    let match = Ambient().Match(StripComment(line.text))
                    where match.Success
                    where !Exempt.Any(e => file.Path.StartsWith(e.Folder, StringComparison.Ordinal) && match.Value.StartsWith(e.What, StringComparison.Ordinal))
                    select $"{file.Path}:{line.index + 1} uses {match.Value}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Domains_are_plain()
    {
        var wrong = from file in Repository.Files
                    where DomainFile().IsMatch(file.Path)
                    from line in file.Lines
                    where line.StartsWith("using Dapr", StringComparison.Ordinal) || line.StartsWith("using Microsoft.AspNetCore", StringComparison.Ordinal)
                        || line.StartsWith("using Grpc.AspNetCore", StringComparison.Ordinal) || line.Contains("TimeProvider", StringComparison.Ordinal)
                        || line.Contains("Random.", StringComparison.Ordinal)
                    select $"{file.Path}: {line.Trim()}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Workflows_are_deterministic()
    {
        var wrong = from file in Repository.Code("workflows")
                    where file.Text.Contains(": Workflow<", StringComparison.Ordinal)
                    from line in file.Lines
                    where line.Contains("Task.Delay", StringComparison.Ordinal) || line.Contains("TimeProvider", StringComparison.Ordinal)
                        || line.Contains("Task.Run", StringComparison.Ordinal) || line.Contains("ConfigureAwait(false)", StringComparison.Ordinal)
                    select $"{file.Path}: {line.Trim()}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Money_is_never_a_binary_float()
    {
        var wrong = from file in Repository.Code("platform", "services", "workflows")
                    from line in file.Lines
                    where MoneyInFloat().IsMatch(StripComment(line))
                    select $"{file.Path}: {line.Trim()}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Nothing_is_left_to_do()
    {
        var wrong = from file in Repository.Code()
                    where !file.Path.StartsWith("tests/Architecture/", StringComparison.Ordinal)
                    from line in file.Lines
                    where line.Contains("TODO", StringComparison.Ordinal) || line.Contains("FIXME", StringComparison.Ordinal)
                        || line.Contains("NotImplementedException", StringComparison.Ordinal)
                    select $"{file.Path}: {line.Trim()}";
        Assert.Empty(wrong);
    }

    private static string StripComment(string line)
    {
        var trimmed = line.TrimStart();
        return trimmed.StartsWith("//", StringComparison.Ordinal) || trimmed.StartsWith('*') ? "" : line;
    }

    [GeneratedRegex(@"DateTime(Offset)?\.(UtcNow|Now|Today)|Guid\.NewGuid\(|Guid\.CreateVersion7\(\)")]
    private static partial Regex Ambient();

    [GeneratedRegex(@"^services/[^/]+/Domain/.*\.cs$")]
    private static partial Regex DomainFile();

    [GeneratedRegex(@"\b(double|float)\s+\w*(price|amount|total|money|minorUnits)", RegexOptions.IgnoreCase)]
    private static partial Regex MoneyInFloat();
}
