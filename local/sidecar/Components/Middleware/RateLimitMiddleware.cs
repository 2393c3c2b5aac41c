using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using NexusCart.Sidecar.Middleware;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Components.Middleware;

/// <summary>
/// <c>middleware.http.ratelimit</c>: so many requests a second from one address, by a token bucket that holds as many as a second brings
/// (at least one); the rest get a 429.
/// </summary>
internal sealed class RateLimitMiddleware : IHttpMiddleware
{
    private const string LimitSetting = "maxRequestsPerSecond";
    private const double DefaultLimit = 100;
    private const string Refusal = "You have reached maximum request limit.";

    private readonly double _perSecond;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    public RateLimitMiddleware(ComponentSpec spec, TimeProvider time)
    {
        _time = time;
        _perSecond = DefaultLimit;
        if (spec.Find(LimitSetting) is { } text
            && (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _perSecond) || _perSecond <= 0))
        {
            throw ComponentSettings.Invalid(spec, LimitSetting, $"must be a number above 0, not '{text}'");
        }
    }

    public Task InitAsync(CancellationToken cancellation) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public async Task ServeAsync(HttpContext context, Func<Task> next)
    {
        if (Take(context.Connection.RemoteIpAddress?.ToString() ?? ""))
        {
            await next();
            return;
        }

        var response = context.Response;
        response.StatusCode = StatusCodes.Status429TooManyRequests;
        response.ContentType = "text/plain; charset=utf-8";
        foreach (var (name, value) in Headers)
            response.Headers[name] = value;
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(Refusal), context.RequestAborted);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Func<HttpRequestMessage, Task<HttpResponseMessage>> next)
    {
        if (Take(""))
            return next(request);
        var refused = new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Content = new StringContent(Refusal), RequestMessage = request };
        foreach (var (name, value) in Headers)
            refused.Headers.Add(name, value);
        return Task.FromResult(refused);
    }

    private IEnumerable<(string Name, string Value)> Headers =>
    [
        ("X-Rate-Limit-Limit", _perSecond.ToString("0.00", CultureInfo.InvariantCulture)),
        ("X-Rate-Limit-Duration", "1"),
    ];

    private bool Take(string address)
    {
        var bucket = _buckets.GetOrAdd(address, _ => new Bucket(Math.Max(1, _perSecond), _time.GetTimestamp()));
        lock (bucket)
        {
            var now = _time.GetTimestamp();
            bucket.Tokens = Math.Min(Math.Max(1, _perSecond), bucket.Tokens + (_time.GetElapsedTime(bucket.At, now).TotalSeconds * _perSecond));
            bucket.At = now;
            if (bucket.Tokens < 1)
                return false;
            bucket.Tokens--;
            return true;
        }
    }

    private sealed class Bucket(double tokens, long at)
    {
        public double Tokens { get; set; } = tokens;

        public long At { get; set; } = at;
    }
}
