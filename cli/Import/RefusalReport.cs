using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Cli.Catalogue;

namespace NexusCart.Cli.Import;

/// <summary>The refused lines of an import, one JSON object a line, in a file beside the one imported.</summary>
internal sealed class RefusalReport(string path)
{
    public string Path { get; } = path;

    /// <summary>Begins the report anew; done when an import starts from the first line.</summary>
    public void Clear() => File.Delete(Path);

    public async Task AddAsync(IReadOnlyCollection<RefusedLine> lines, CancellationToken cancellation)
    {
        if (lines.Count > 0)
            await File.AppendAllLinesAsync(Path, lines.Select(line => JsonSerializer.Serialize(line, RefusalJson.Default.RefusedLine)), cancellation);
    }
}

[JsonSerializable(typeof(RefusedLine))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class RefusalJson : JsonSerializerContext;
