using System.Globalization;
using NexusCart.Sidecar.Api.Http;

namespace NexusCart.Sidecar.Invocation;

/// <summary>Method names of invocations: checked, cleaned, and turned into request paths.</summary>
internal static class MethodPath
{
    /// <summary>The method without what it must not hold, dots and double slashes resolved, no slash at either end.</summary>
    /// <exception cref="InvocationException">A character is forbidden.</exception>
    public static string Clean(string method)
    {
        for (var i = 0; i < method.Length; i++)
        {
            var fault = method[i] switch
            {
                '#' or '?' or '\0' => "method contains forbidden character",
                var c when char.IsControl(c) => string.Create(CultureInfo.InvariantCulture, $"method contains control character at position {i}"),
                _ => null,
            };
            if (fault is not null)
                throw new InvocationException($"rpc error: code = InvalidArgument desc = invalid method: {fault}: \"{method}\"");
        }

        return RequestPath.CleanPath(method).TrimStart('/');
    }

    /// <summary>The request path for a cleaned method. What still looks like an escape stays one, as it does when Go parses the URL.</summary>
    /// <exception cref="InvocationException">A percent sign begins no escape.</exception>
    public static string ToRequestPath(string method, string query)
    {
        if (PercentEncoding.Decode(method, plusIsSpace: false) is null)
        {
            var at = method.IndexOf('%', StringComparison.Ordinal);
            throw new InvocationException($"parse \"/{method}\": invalid URL escape \"{method.Substring(at, Math.Min(3, method.Length - at))}\"");
        }

        var path = "/" + PercentEncoding.EncodePath(method, keepEscapes: true);
        return query.Length == 0 ? path : $"{path}?{query}";
    }
}
