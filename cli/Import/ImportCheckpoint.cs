using System.Text.Json;
using System.Text.Json.Serialization;

namespace NexusCart.Cli.Import;

/// <summary>How far an import of one file has come; kept beside the file so that a stopped import goes on where it was.</summary>
/// <param name="Fingerprint">SHA-256 of the file; another file under the same name starts anew.</param>
/// <param name="Lines">Lines read whose outcome is in the shop.</param>
/// <param name="Created">Products and other entries made.</param>
/// <param name="Updated">Those changed.</param>
/// <param name="Unchanged">Those that were there as they are.</param>
/// <param name="Refused">Lines refused, by the reader or by the shop.</param>
/// <param name="StockLines">SKUs that got units.</param>
public sealed record ImportCheckpoint(
    string Fingerprint,
    long Lines = 0,
    int Created = 0,
    int Updated = 0,
    int Unchanged = 0,
    int Refused = 0,
    int StockLines = 0)
{
    /// <summary>Reads the checkpoint of a file, or starts one when there is none or the file has changed.</summary>
    public static ImportCheckpoint Load(string path, string fingerprint)
    {
        if (!File.Exists(path))
            return new ImportCheckpoint(fingerprint);

        try
        {
            var saved = JsonSerializer.Deserialize(File.ReadAllText(path), CheckpointJson.Default.ImportCheckpoint);
            return saved?.Fingerprint == fingerprint ? saved : new ImportCheckpoint(fingerprint);
        }
        catch (JsonException)
        {
            // A checkpoint is only a short cut: what it would skip is idempotent, so a broken one costs time and nothing else.
            return new ImportCheckpoint(fingerprint);
        }
    }

    /// <summary>Writes the checkpoint; a stop half-way leaves the one before.</summary>
    public void Save(string path)
    {
        var draft = path + ".tmp";
        File.WriteAllText(draft, JsonSerializer.Serialize(this, CheckpointJson.Default.ImportCheckpoint));
        File.Move(draft, path, overwrite: true);
    }
}

[JsonSerializable(typeof(ImportCheckpoint))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class CheckpointJson : JsonSerializerContext;
