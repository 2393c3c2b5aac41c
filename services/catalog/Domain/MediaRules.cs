namespace NexusCart.Catalog.Domain;

/// <summary>What media must be.</summary>
internal static class MediaRules
{
    private const int MaxMedia = 50;
    private const int MaxAlt = 500;
    private const int MaxUrl = 2_000;

    /// <summary>What an address must be, for people.</summary>
    public static readonly string Address = $"must be an http or https address of at most {MaxUrl} characters";

    public static ProductFault? Check(IReadOnlyList<ProductMedia>? media, string field)
    {
        if (media is null)
            return null;
        if (media.Count > MaxMedia)
            return new(field, $"must be at most {MaxMedia}");
        for (var i = 0; i < media.Count; i++)
        {
            if (!IsWebAddress(media[i].Url))
                return new($"{field}[{i}].url", Address);
            if (media[i].Alt.Length > MaxAlt)
                return new($"{field}[{i}].alt", $"must be at most {MaxAlt} characters");
        }

        return null;
    }

    public static bool IsWebAddress(string text) =>
        text.Length <= MaxUrl && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https");
}
