using System.Buffers;
using NexusCart.Platform.Errors;

namespace NexusCart.Platform.Values;

/// <summary>The forms of ids, and new ones.</summary>
public static class Identifiers
{
    /// <summary>The longest id or SKU, in characters.</summary>
    public const int MaxLength = 64;

    private static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private static readonly SearchValues<char> SkuCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>A new id: UUIDv7 as 32 hexadecimal digits, so later ids sort after earlier ones.</summary>
    public static string New(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
    }

    /// <summary>Whether a text is an id: [A-Za-z0-9_-]{1,64}.</summary>
    public static bool IsId(string? text) => IsMadeOf(text, IdCharacters);

    /// <summary>Whether a text is a SKU: [A-Za-z0-9._-]{1,64}.</summary>
    public static bool IsSku(string? text) => IsMadeOf(text, SkuCharacters);

    /// <summary>Adds a violation unless the text is an id.</summary>
    public static bool CheckId(this Violations violations, string? text, string field)
    {
        ArgumentNullException.ThrowIfNull(violations);
        return violations.Check(IsId(text), field, "must be 1 to 64 of A-Z a-z 0-9 _ -");
    }

    /// <summary>Adds a violation unless the text is a SKU.</summary>
    public static bool CheckSku(this Violations violations, string? text, string field)
    {
        ArgumentNullException.ThrowIfNull(violations);
        return violations.Check(IsSku(text), field, "must be 1 to 64 of A-Z a-z 0-9 . _ -");
    }

    private static bool IsMadeOf(string? text, SearchValues<char> characters) =>
        text is { Length: >= 1 and <= MaxLength } && !text.AsSpan().ContainsAnyExcept(characters);
}
