using System.Collections.Immutable;
using System.Globalization;

namespace NexusCart.Users.OAuth.Stores;

/// <summary>What the stores share. They find by key; nothing in OpenIddict's server asks them for more.</summary>
internal static class KeyedStore
{
    public static NotSupportedException NoQueries() => new("State is found by key: this store runs no queries and keeps no list of everything.");

    public static List<string> List(ImmutableArray<string> values) => values.IsDefaultOrEmpty ? [] : [.. values];

    public static ImmutableDictionary<CultureInfo, string> Cultures(Dictionary<string, string> texts) =>
        texts.ToImmutableDictionary(pair => CultureInfo.GetCultureInfo(pair.Key), pair => pair.Value);

    public static Dictionary<string, string> Texts(ImmutableDictionary<CultureInfo, string>? texts) =>
        texts?.ToDictionary(pair => pair.Key.Name, pair => pair.Value) ?? [];
}
