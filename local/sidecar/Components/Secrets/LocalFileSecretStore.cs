using System.Text.Json;

using NexusCart.Sidecar.Secrets;

namespace NexusCart.Sidecar.Components.Secrets;

/// <summary>
/// <c>secretstores.local.file</c>: secrets from a JSON file that is read once. Nested members become <c>outer:inner</c> and array
/// items <c>list:0</c>; with multiValued each top-level object is one secret with several keys.
/// </summary>
internal sealed class LocalFileSecretStore(ComponentContext context) : ISecretStore
{
    private readonly string _separator = context.Spec.Find("nestedSeparator") ?? ":";
    private readonly bool _multiValued = context.Spec.Flag("multiValued");
    private readonly bool _strict = context.Options.Strict;
    private Dictionary<string, IReadOnlyDictionary<string, string>> _secrets = [];

    public IReadOnlyList<string> Capabilities => _multiValued ? ["MULTIPLE_KEY_VALUES_PER_SECRET"] : [];

    public async Task InitAsync(CancellationToken cancellation)
    {
        var path = context.InputPath(context.Spec.Required("secretsFile"));
        if (!File.Exists(path))
            throw new FileNotFoundException($"secretsFile '{path}' does not exist");
        try
        {
            using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(path, cancellation));
            _secrets = _multiValued ? ReadMultiValued(document.RootElement) : ReadFlat(document.RootElement);
        }
        catch (JsonException e)
        {
            // Where it stands, never what stands there: the text around the fault may be a secret.
            throw new InvalidDataException($"secretsFile '{path}' is no JSON object: line {e.LineNumber + 1}, position {e.BytePositionInLine + 1}");
        }
    }

    public Task<IReadOnlyDictionary<string, string>> GetAsync(string key, CancellationToken cancellation) =>
        _secrets.TryGetValue(key, out var values)
            ? Task.FromResult(values)
            : Task.FromException<IReadOnlyDictionary<string, string>>(new KeyNotFoundException($"secret {key} not found"));

    public Task<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> GetAllAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>>(_secrets);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Dictionary<string, IReadOnlyDictionary<string, string>> ReadFlat(JsonElement root)
    {
        var flat = new Dictionary<string, string>(StringComparer.Ordinal);
        Flatten("", root, flat);
        return flat.ToDictionary(
            pair => pair.Key,
            pair => (IReadOnlyDictionary<string, string>)new Dictionary<string, string>(StringComparer.Ordinal) { [pair.Key] = pair.Value },
            StringComparer.Ordinal);
    }

    private Dictionary<string, IReadOnlyDictionary<string, string>> ReadMultiValued(JsonElement root)
    {
        var secrets = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var member in root.EnumerateObject())
        {
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            if (member.Value.ValueKind == JsonValueKind.Object)
                Flatten("", member.Value, values);
            else if (member.Value.ValueKind != JsonValueKind.Array)
                values[member.Name] = Text(member.Value);
            else
                continue; // As in Dapr, a list is no secret with named keys.
            secrets[member.Name] = values;
        }

        return secrets;
    }

    private void Flatten(string prefix, JsonElement value, Dictionary<string, string> into)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                    Flatten(Join(prefix, member.Name), member.Value, into);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                    Flatten(Join(prefix, (index++).ToString(System.Globalization.CultureInfo.InvariantCulture)), item, into);
                break;
            default:
                into[prefix] = Text(value);
                break;
        }
    }

    private string Join(string prefix, string name) => prefix.Length == 0 ? name : prefix + _separator + name;

    // daprd prints numbers and booleans with the wrong verb of its formatter; nobody can want that text as a secret.
    private string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "",
        JsonValueKind.Number when _strict => $"%!s(float64={value.GetRawText()})",
        JsonValueKind.True or JsonValueKind.False when _strict => $"%!s(bool={value.GetRawText()})",
        _ => value.GetRawText(),
    };
}
