using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>A request the stub app received.</summary>
internal sealed record ReceivedRequest(
    long Time, string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body, string Text);

/// <summary>
/// The app beside a sidecar under test: answers by rules, remembers what it got. Rules of the case come first, newest first, then those
/// of the profile; without one the answer is 200 and empty.
/// </summary>
internal class StubApp(int port, JsonArray? profileRules, Func<string> sidecarHttp) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<ReceivedRequest> _received = [];
    private readonly List<JsonObject> _rules = [];
    private readonly Dictionary<string, int> _active = [];
    private readonly Dictionary<string, int> _mostActive = [];
    private TaskCompletionSource _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? _server;

    public int Port => port;

    protected virtual HttpProtocols Protocols => HttpProtocols.Http1;

    public async Task StartAsync()
    {
        if (_server is not null)
            return;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = Protocols);
        });
        _server = builder.Build();
        _server.Run(HandleAsync);
        await _server.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_server is null)
            return;
        await _server.DisposeAsync();
        _server = null;
    }

    public void Reset()
    {
        lock (_gate)
        {
            _rules.Clear();
            _received.Clear();
            _mostActive.Clear();
        }
    }

    public void ClearReceived()
    {
        lock (_gate)
            _received.Clear();
    }

    public void ClearRules()
    {
        lock (_gate)
            _rules.Clear();
    }

    public void AddRule(JsonObject rule)
    {
        lock (_gate)
            _rules.Add((JsonObject)rule.DeepClone());
    }

    public int MostActive(string path)
    {
        lock (_gate)
            return _mostActive.GetValueOrDefault(path);
    }

    /// <summary>Waits until enough requests fit a filter or the time is over; gives those that fit.</summary>
    public async Task<IReadOnlyList<ReceivedRequest>> WaitForAsync(Func<ReceivedRequest, bool> filter, int wanted, TimeSpan within)
    {
        var end = Environment.TickCount64 + (long)within.TotalMilliseconds;
        while (true)
        {
            Task arrival;
            List<ReceivedRequest> fitting;
            lock (_gate)
            {
                arrival = _arrival.Task;
                fitting = _received.Where(filter).ToList();
            }

            var left = end - Environment.TickCount64;
            if (fitting.Count >= wanted || left <= 0)
                return fitting;
            await Task.WhenAny(arrival, Task.Delay(TimeSpan.FromMilliseconds(left)));
        }
    }

    public IReadOnlyList<ReceivedRequest> Received(Func<ReceivedRequest, bool> filter)
    {
        lock (_gate)
            return _received.Where(filter).ToList();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    protected void Record(ReceivedRequest request)
    {
        TaskCompletionSource arrival;
        lock (_gate)
        {
            _received.Add(request);
            arrival = _arrival;
            _arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        arrival.TrySetResult();
    }

    protected JsonObject Pick(string method, string path, string text)
    {
        lock (_gate)
        {
            var all = Enumerable.Reverse(_rules).Concat((profileRules ?? []).Reverse().OfType<JsonObject>());
            return all.FirstOrDefault(rule => Fits(rule, method, path, text)) ?? [];
        }
    }

    protected virtual async Task HandleAsync(HttpContext context)
    {
        var request = await ReadAsync(context);
        Record(request);
        Enter(request.Path);
        try
        {
            await AnswerAsync(context, request, Pick(request.Method, request.Path, request.Text));
        }
        finally
        {
            lock (_gate)
                _active[request.Path]--;
        }
    }

    protected static async Task DelayAsync(JsonObject rule)
    {
        if (rule["delay"] is { } delay)
            await Task.Delay(TimeSpan.FromSeconds(delay.GetValue<double>()));
    }

    private static async Task<ReceivedRequest> ReadAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var body = buffer.ToArray();
        return new ReceivedRequest(
            Environment.TickCount64,
            context.Request.Method,
            query < 0 ? target : target[..query],
            query < 0 ? "" : target[(query + 1)..],
            context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => string.Join(", ", header.Value.ToArray())),
            body,
            Encoding.UTF8.GetString(body));
    }

    private static bool Fits(JsonObject rule, string method, string path, string text)
    {
        if (rule["method"]?.GetValue<string>() is { } wantedMethod && wantedMethod != method)
            return false;
        if (rule["path"]?.GetValue<string>() is { } wantedPath && wantedPath != path)
            return false;
        if (rule["path_re"]?.GetValue<string>() is { } pattern && !Regex.IsMatch(path, $"^(?:{pattern})$"))
            return false;
        if (rule["match"]?.GetValue<string>() is { } part && !text.Contains(part, StringComparison.Ordinal))
            return false;
        if (rule["times"]?.GetValue<int>() is not { } times)
            return true;
        if (times <= 0)
            return false;
        rule["times"] = times - 1;
        return true;
    }

    private void Enter(string path)
    {
        lock (_gate)
        {
            _active[path] = _active.GetValueOrDefault(path) + 1;
            _mostActive[path] = Math.Max(_mostActive.GetValueOrDefault(path), _active[path]);
        }
    }

    private async Task AnswerAsync(HttpContext context, ReceivedRequest request, JsonObject rule)
    {
        await DelayAsync(rule);
        if (rule["drop"]?.GetValue<bool>() == true)
        {
            context.Abort();
            return;
        }

        var response = context.Response;
        response.StatusCode = rule["status"]?.GetValue<int>() ?? 200;
        foreach (var (name, value) in (rule["headers"] as JsonObject) ?? [])
            response.Headers[name] = value is JsonArray many ? many.Select(item => item!.ToString()).ToArray() : value!.ToString();
        var (body, isJson) = rule["call"] is JsonObject call
            ? (await CallSidecarAsync(call, request), true)
            : BodyOf(rule, request);
        if (isJson && !response.Headers.ContainsKey("content-type"))
            response.ContentType = "application/json";
        if (response.StatusCode is 204 or 304 or < 200)
            return;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(request.Method))
            await response.Body.WriteAsync(body);
    }

    private static (byte[] Body, bool IsJson) BodyOf(JsonObject rule, ReceivedRequest request)
    {
        if (rule["echo"]?.GetValue<bool>() == true)
        {
            return (Json(new JsonObject
            {
                ["method"] = request.Method,
                ["path"] = request.Path,
                ["query"] = request.Query,
                ["body"] = request.Text,
                ["contentType"] = request.Headers.GetValueOrDefault("content-type", ""),
            }), true);
        }

        if (rule.ContainsKey("json"))
            return (Json(rule["json"]), true);
        if (rule["bulk_status"]?.GetValue<string>() is { } status)
        {
            var entries = JsonNode.Parse(request.Text)?["entries"] as JsonArray ?? [];
            return (Json(new JsonObject
            {
                ["statuses"] = new JsonArray([.. entries.Select(entry => new JsonObject { ["entryId"] = entry!["entryId"]!.DeepClone(), ["status"] = status })]),
            }), true);
        }

        if (rule["repeat"] is JsonArray repeat)
            return (Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(repeat[0]!.GetValue<string>(), repeat[1]!.GetValue<int>()))), false);
        return rule["body_b64"]?.GetValue<string>() is { } base64
            ? (Convert.FromBase64String(base64), false)
            : (Encoding.UTF8.GetBytes(rule["body"]?.GetValue<string>() ?? ""), false);
    }

    private static byte[] Json(JsonNode? node) => Encoding.UTF8.GetBytes(SpacedJson.Write(node));

    // The handler calls its sidecar and answers with that answer; a header "<name" is copied from the request.
    private async Task<byte[]> CallSidecarAsync(JsonObject call, ReceivedRequest request)
    {
        var headers = new JsonObject();
        foreach (var (name, value) in (call["headers"] as JsonObject) ?? [])
        {
            var text = value!.GetValue<string>();
            text = text.StartsWith('<') ? request.Headers.GetValueOrDefault(text[1..], "") : text;
            if (text.Length > 0)
                headers[name] = text;
        }

        var step = new JsonObject
        {
            ["method"] = call["method"]?.GetValue<string>() ?? "GET",
            ["path"] = call["path"]!.GetValue<string>(),
            ["headers"] = headers,
            ["body"] = call["body"] is JsonValue text2 && text2.TryGetValue<string>(out var plain) ? plain : call["body"]?.ToJsonString() ?? "",
            ["timeout"] = call["timeout"]?.GetValue<double>() ?? 20,
        };
        try
        {
            var answer = await HttpStep.SendAsync(sidecarHttp(), step);
            return Json(new JsonObject { ["status"] = answer.Status, ["body"] = answer.Text });
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return Json(new JsonObject { ["status"] = 599, ["body"] = e is OperationCanceledException ? "timed out" : e.Message });
        }
    }
}
