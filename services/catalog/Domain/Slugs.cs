using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace NexusCart.Catalog.Domain;

/// <summary>The readable parts of addresses.</summary>
public static class Slugs
{
    /// <summary>The longest slug, in characters.</summary>
    public const int MaxLength = 100;

    /// <summary>What a slug must be, for people.</summary>
    public const string Form = "must be 1 to 100 of a-z, 0-9 and single hyphens between them";

    // Programs run without the culture data that would take accents off; Latin letters are enough for addresses.
    private static readonly (string Letters, string Plain)[] Folds =
    [
        ("àáâãäåāăąǎ", "a"), ("æ", "ae"), ("çćĉċč", "c"), ("ďđð", "d"), ("èéêëēĕėęě", "e"), ("ĝğġģ", "g"), ("ĥħ", "h"), ("ìíîïĩīĭįı", "i"),
        ("ĵ", "j"), ("ķ", "k"), ("ĺļľŀł", "l"), ("ñńņň", "n"), ("òóôõöøōŏő", "o"), ("œ", "oe"), ("ŕŗř", "r"), ("śŝşšș", "s"), ("ß", "ss"),
        ("ţťŧț", "t"), ("þ", "th"), ("ùúûüũūŭůűų", "u"), ("ŵ", "w"), ("ýÿŷ", "y"), ("źżž", "z"),
    ];

    private static readonly FrozenDictionary<char, string> Plain = Folds
        .SelectMany(fold => fold.Letters.Select(letter => (letter, fold.Plain)))
        .ToFrozenDictionary(fold => fold.letter, fold => fold.Plain);

    private const int MaxFromTitle = 70;
    private const string Nameless = "product";

    /// <summary>Whether a text is a slug.</summary>
    public static bool IsSlug(string text) =>
        text.Length is >= 1 and <= MaxLength && text[0] != '-' && text[^1] != '-' && !text.Contains("--", StringComparison.Ordinal)
        && text.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-');

    /// <summary>A text as a slug: letters without their accents, everything else a hyphen; empty where nothing is left.</summary>
    public static string Of(string text, int most = MaxLength)
    {
        var slug = new StringBuilder(Math.Min(text.Length, most));
        foreach (var character in text)
        {
            if (slug.Length >= most)
                break;
            var lower = char.ToLowerInvariant(character);
            if (char.IsAsciiLetterOrDigit(lower))
                slug.Append(lower);
            else if (Plain.TryGetValue(lower, out var plain))
                slug.Append(plain);
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        }

        slug.Length = Math.Min(slug.Length, most);
        return slug.ToString().Trim('-');
    }

    /// <summary>
    /// Slugs for a product, the most beautiful first: its title; title and SKU; the last tells apart SKUs that differ in nothing but case
    /// or punctuation.
    /// </summary>
    public static IEnumerable<string> Candidates(string title, string sku)
    {
        var name = Of(title, MaxFromTitle) is { Length: > 0 } fromTitle ? fromTitle : Nameless;
        yield return name;
        var shortName = name[..Math.Min(name.Length, MaxLength / 3)].Trim('-');
        if (Of(sku) is { Length: > 0 } fromSku)
            yield return $"{shortName}-{fromSku}"[..Math.Min(MaxLength, shortName.Length + 1 + fromSku.Length)].TrimEnd('-');
        yield return $"{shortName}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sku)).AsSpan(0, 8))}";
    }
}
