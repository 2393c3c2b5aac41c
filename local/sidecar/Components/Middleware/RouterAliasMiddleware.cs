using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Features;
using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Middleware;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Components.Middleware;

/// <summary>
/// <c>middleware.http.routeralias</c>: another path for a request. A path may hold variables, <c>/orders/{id}</c>; their values become
/// query parameters of the target, whose own braces stay. The settings: <c>routes</c> (JSON or YAML), or a setting for each path.
/// </summary>
internal sealed partial class RouterAliasMiddleware : IHttpMiddleware
{
    private readonly List<Alias> _aliases;
    private readonly SidecarOptions _options;

    public RouterAliasMiddleware(ComponentSpec spec, SidecarOptions options)
    {
        _options = options;
        var routes = spec.Metadata.Where(item => item.Key.StartsWith('/')).ToDictionary(StringComparer.Ordinal);
        if (spec.Find("routes") is { } text)
        {
            foreach (var map in YamlMap.ParseDocuments(text, spec.Name))
            {
                foreach (var (path, _) in map.Keys)
                    routes[path] = map.Text(path) ?? "";
            }
        }

        _aliases = [.. routes.Select(route => new Alias(Pattern(route.Key), route.Value))];
    }

    public Task InitAsync(CancellationToken cancellation) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public Task ServeAsync(HttpContext context, Func<Task> next)
    {
        if (Find(context.Request.Path.Value ?? "/", context.Request.QueryString.Value ?? "") is var (target, _))
        {
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
            context.Request.QueryString = new QueryString(target.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query ? target[query..] : "");
            RequestPath.Route(context);
        }

        return next();
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Func<HttpRequestMessage, Task<HttpResponseMessage>> next)
    {
        var address = request.RequestUri?.OriginalString ?? "/";
        var query = address.IndexOf('?', StringComparison.Ordinal);
        if (Find(query < 0 ? address : address[..query], query < 0 ? "" : address[query..]) is not var (target, hasVariables))
            return next(request);
        if (hasVariables)
        {
            // In the pipeline to the app daprd cannot do it.
            throw new AppRequestException(
                $"{Verb(request)} \"http://{_options.AppChannelAddress}:{_options.AppPort}{target}\": http: Request.RequestURI can't be set in client requests");
        }

        request.RequestUri = new Uri(target, UriKind.Relative);
        return next(request);
    }

    private static string Verb(HttpRequestMessage request) => request.Method.Method[..1] + request.Method.Method[1..].ToLowerInvariant();

    private (string Target, bool HasVariables)? Find(string path, string query)
    {
        foreach (var alias in _aliases)
        {
            if (alias.Path.Match(path) is not { Success: true } match)
                continue;
            var values = alias.Path.GetGroupNames().Where(name => !char.IsAsciiDigit(name[0]))
                .Select(name => $"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(Uri.UnescapeDataString(match.Groups[name].Value))}");
            var split = alias.Target.IndexOf('?', StringComparison.Ordinal);
            string[] parts = [.. split < 0 ? [] : new[] { alias.Target[(split + 1)..] }, .. query.Length > 1 ? new[] { query[1..] } : [], .. values];
            var target = PercentEncoding.EncodePath(split < 0 ? alias.Target : alias.Target[..split]);
            return (parts.Length == 0 ? target : $"{target}?{string.Join('&', parts)}", alias.Path.GetGroupNumbers().Length > 1);
        }

        return null;
    }

    // {name} is one segment, {name:regex} what the expression says.
    private static Regex Pattern(string path)
    {
        var pattern = VariablePattern().Replace(Regex.Escape(path).Replace(@"\{", "{", StringComparison.Ordinal), match =>
            $"(?<{match.Groups["name"].Value}>{(match.Groups["regex"] is { Success: true } regex ? Regex.Unescape(regex.Value) : "[^/]+")})");
        return new Regex($"^{pattern}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }

    [GeneratedRegex(@"\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(:(?<regex>[^}]+))?\}")]
    private static partial Regex VariablePattern();

    private sealed record Alias(Regex Path, string Target);
}
