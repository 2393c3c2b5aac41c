using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;

namespace NexusCart.Cli.Catalogue;

/// <summary>Writes and reads the lines of a catalogue file that hold no product: the entry in the API's form, with what it is in its member <c>entry</c>.</summary>
internal static class EntryLine
{
    private const string KindMember = "entry";
    private const string ListMember = "priceListId";

    private static readonly FrozenDictionary<string, EntryKind> Kinds = Enum.GetValues<EntryKind>().ToFrozenDictionary(NameOf, StringComparer.Ordinal);

    public static string Write(EntryRecord record)
    {
        var line = new JsonObject { [KindMember] = NameOf(record.Kind) };
        if (record.Kind is EntryKind.Price)
            line[ListMember] = record.PriceListId;
        foreach (var (name, value) in JsonNode.Parse(JsonFormatter.Default.Format(record.Entry))!.AsObject())
            line[name] = value!.DeepClone();
        return line.ToJsonString();
    }

    /// <summary>Whether a line says that it is no product.</summary>
    public static bool IsEntry(JsonElement root) => root.TryGetProperty(KindMember, out _);

    /// <exception cref="ProductFormatException">The kind is none, or a member is not as the API takes it.</exception>
    public static EntryRecord Read(long number, JsonElement root)
    {
        if (!Kinds.TryGetValue(JsonLineProducts.Text(root, KindMember), out var kind))
            throw new ProductFormatException(KindMember, $"must be one of {string.Join(", ", Kinds.Keys.Order(StringComparer.Ordinal))}, or not be there: then it is a product");
        var descriptor = EntryRecord.DescriptorOf(kind);
        var entry = descriptor.Parser.ParseFrom(ByteString.Empty);
        foreach (var member in root.EnumerateObject())
        {
            if (member.Name != KindMember && !(kind is EntryKind.Price && member.Name == ListMember))
                entry.MergeFrom(Read(member, value => JsonParser.Default.Parse(value, descriptor)).ToByteString());
        }

        return EntryRecord.Of(number, kind, entry, kind is EntryKind.Price ? JsonLineProducts.Text(root, ListMember) : "");
    }

    /// <summary>One member just as the API takes it; the fault of another is not its own.</summary>
    /// <param name="member">The member.</param>
    /// <param name="parse">Reads a message that has this member alone.</param>
    /// <exception cref="ProductFormatException">It is not as the API takes it.</exception>
    public static T Read<T>(JsonProperty member, Func<string, T> parse)
    {
        try
        {
            return parse($$"""{ "{{JsonEncodedText.Encode(member.Name)}}": {{member.Value.GetRawText()}} }""");
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new ProductFormatException(member.Name, $"is not as the API takes it: {e.Message}");
        }
    }

    private static string NameOf(EntryKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());
}
