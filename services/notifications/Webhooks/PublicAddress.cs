using System.Net;
using System.Net.Sockets;

namespace NexusCart.Notifications.Webhooks;

/// <summary>Which addresses are out in the world: none of the special-purpose ones (IANA's registries, RFC 6890).</summary>
public static class PublicAddress
{
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/128", "::1/128", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
            "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Whether an address is public.</summary>
    public static bool IsPublic(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        // An IPv4 address in IPv6's clothes is what it is inside.
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
            && !Special.Any(network => network.BaseAddress.AddressFamily == plain.AddressFamily && network.Contains(plain));
    }

    /// <summary>
    /// Why a target cannot be taken; null when it can, as far as its text says. What its name resolves to is judged at each connection.
    /// </summary>
    /// <param name="text">The target.</param>
    /// <param name="publicOnly">Whether it has to be out in the world and encrypted.</param>
    public static string? Refusal(string text, bool publicOnly)
    {
        if (text.Length > 2_000 || !Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            return "must be an absolute URL of up to 2,000 characters";
        if (uri.Scheme != Uri.UriSchemeHttps && (publicOnly || uri.Scheme != Uri.UriSchemeHttp))
            return "must be https";
        if (uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
            return "must have no user name, password or fragment";
        if (!publicOnly)
            return null;
        var isName = uri.HostNameType is UriHostNameType.Dns;
        return isName && (!uri.Host.Contains('.') || uri.Host.EndsWith(".local", StringComparison.OrdinalIgnoreCase)
                || uri.Host.EndsWith(".internal", StringComparison.OrdinalIgnoreCase) || uri.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
            || (!isName && !(IPAddress.TryParse(uri.DnsSafeHost, out var address) && IsPublic(address)))
            ? "must have a public host" : null;
    }
}
