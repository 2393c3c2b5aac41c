using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>Runs one case of the kit, step by step, and says what differed.</summary>
internal sealed class CaseRunner(ConformanceEnvironment environment, JsonObject testCase) : IAsyncDisposable
{
    private static readonly string[] Compared = ["status", "code", "message", "json", "body", "details", "seconds", "nothing", "closed"];

    private readonly Variables _variables = new(environment);
    // For what must come; the case's own time is for what must not. A busy machine is not what a case is about.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, StreamStep> _streams = [];
    private readonly List<string> _faults = [];

    /// <summary>Runs all steps; stops at the first that differs.</summary>
    public async Task<IReadOnlyList<string>> RunAsync()
    {
        foreach (var app in environment.Apps.Values)
        {
            app.Reset();
            await app.StartAsync();
        }

        var steps = testCase["steps"]!.AsArray();
        for (var i = 0; i < steps.Count && _faults.Count == 0; i++)
        {
            var step = steps[i]!.AsObject();
            await RunStepAsync(step);
            if (_faults.Count > 0)
                _faults.Insert(0, $"step {i}: {Matcher.Short(_variables.Fill(step))}");
        }

        return _faults;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var stream in _streams.Values)
            stream.Dispose();
        foreach (var app in environment.Apps.Values)
        {
            app.Reset();
            await app.StartAsync();
        }
    }

    private async Task RunStepAsync(JsonObject step)
    {
        if (step["sleep"] is { } seconds)
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds.GetValue<double>()));
            return;
        }

        if (step["set_var"] is JsonObject variables)
        {
            foreach (var (name, value) in variables)
                _variables[name] = _variables.Fill(value);
            return;
        }

        var expected = _variables.Fill(ExpectationOf(step)) as JsonObject ?? [];
        JsonObject answer;
        try
        {
            answer = await PerformAsync(step);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            if (expected["or_closed"]?.GetValue<bool>() != true)
                _faults.Add($"no answer: {e.Message}");
            return;
        }

        Check(step, expected, answer);
        Capture(step, answer);
    }

    private JsonObject ExpectationOf(JsonObject step)
    {
        var expected = step["expect"] as JsonObject ?? [];
        if (step["expect_on"]?[environment.Backend] is not JsonObject own)
            return expected;
        if (step["replace"] is not null)
            return own;
        var merged = (JsonObject)expected.DeepClone();
        foreach (var (name, value) in own)
            merged[name] = value?.DeepClone();
        return merged;
    }

    private async Task<JsonObject> PerformAsync(JsonObject step)
    {
        if (_variables.Fill(step["http"]) is JsonObject http)
        {
            var address = http["direct"]?.GetValue<string>() ?? environment.HttpAddress(SidecarOf(http));
            return (await HttpStep.SendAsync(address, http)).ToJson();
        }

        if (_variables.Fill(step["grpc"]) is JsonObject grpc)
            return await GrpcStep.SendAsync(environment.Sidecar(SidecarOf(grpc)).Grpc, grpc);
        if (_variables.Fill(step["stream"]) is JsonObject stream)
            return await PerformStreamAsync(stream, isSilent: step["expect"]?["nothing"] is not null);
        return await PerformAppAsync((JsonObject)_variables.Fill(step["app"])!);
    }

    private static string SidecarOf(JsonObject step) => step["sidecar"]?.GetValue<string>() ?? "a";

    private async Task<JsonObject> PerformStreamAsync(JsonObject step, bool isSilent)
    {
        if (step["open"]?.GetValue<string>() is { } opened)
        {
            var stream = new StreamStep(environment.Sidecar(SidecarOf(step)).Grpc, step);
            _streams[opened] = stream;
            foreach (var message in step["send"] as JsonArray ?? [])
                await stream.SendAsync(message);
            return [];
        }

        if (step["send"]?.GetValue<string>() is { } sender)
        {
            await _streams[sender].SendAsync(step["message"]);
            return [];
        }

        if (step["close"]?.GetValue<string>() is { } closed)
        {
            _streams.Remove(closed, out var stream);
            stream!.Dispose();
            return [];
        }

        var within = isSilent ? Within(step) : Patience;
        return await _streams[step["recv"]!.GetValue<string>()].ReceiveAsync(within, step["contains"]?.GetValue<string>());
    }

    private async Task<JsonObject> PerformAppAsync(JsonObject step)
    {
        var app = environment.Apps[step["app"]?.GetValue<string>() ?? "a"];
        switch (step)
        {
            case { } when step["set"] is JsonArray rules:
                foreach (var rule in rules)
                    app.AddRule(rule!.AsObject());
                break;
            case { } when step["set"] is JsonObject rule:
                app.AddRule(rule);
                break;
            case { } when step["clear"] is not null:
                app.ClearReceived();
                break;
            case { } when step["clear_rules"] is not null:
                app.ClearRules();
                break;
            case { } when step["listen"] is { } listen:
                await (listen.GetValue<bool>() ? app.StartAsync() : app.StopAsync());
                break;
            case { } when step["max_concurrent"]?.GetValue<string>() is { } path:
                return new JsonObject { ["max_concurrent"] = app.MostActive(path) };
            case { } when step["received"] is JsonObject filter:
                return await ReceivedAsync(app, filter);
        }

        return [];
    }

    private static TimeSpan Within(JsonObject step) => TimeSpan.FromSeconds(step["within"]?.GetValue<double>() ?? 5);

    private static async Task<JsonObject> ReceivedAsync(StubApp app, JsonObject filter)
    {
        bool Fits(ReceivedRequest request) =>
            (filter["path"]?.GetValue<string>() is not { } path || request.Path == path)
            && (filter["path_re"]?.GetValue<string>() is not { } pattern || Regex.IsMatch(request.Path, $"^(?:{pattern})$"))
            && (filter["method"]?.GetValue<string>() is not { } method || request.Method == method)
            && (filter["contains"]?.GetValue<string>() is not { } part || request.Text.Contains(part, StringComparison.Ordinal));

        var count = filter["count"]?.GetValue<int>();
        var least = count ?? filter["min"]?.GetValue<int>() ?? 1;
        await app.WaitForAsync(Fits, Math.Max(least, 1), least == 0 ? Within(filter) : Patience);
        if (count > 0)
            await Task.Delay(TimeSpan.FromSeconds(filter["quiet"]?.GetValue<double>() ?? 0.4));
        var got = app.Received(Fits);
        var shown = count is null || filter["all"] is not null ? got : got.Take(Math.Max(count.Value, 1)).ToList();
        return new JsonObject
        {
            ["count"] = got.Count,
            ["gaps"] = new JsonArray([.. got.Zip(got.Skip(1), (first, second) => JsonValue.Create((second.Time - first.Time) / 1000d))]),
            ["requests"] = new JsonArray([.. shown.Select(ToJson)]),
        };
    }

    private static JsonObject ToJson(ReceivedRequest request)
    {
        var json = new JsonObject
        {
            ["method"] = request.Method,
            ["path"] = request.Path,
            ["query"] = request.Query,
            ["headers"] = new JsonObject(request.Headers.Select(header => KeyValuePair.Create(header.Key, (JsonNode?)header.Value))),
            ["body"] = request.Text,
        };
        if (request.Text.Length > 0 && HttpAnswer.TryParse(request.Text, out var body))
            json["json"] = body;
        return json;
    }

    private void Check(JsonObject step, JsonObject expected, JsonObject answer)
    {
        var before = _faults.Count;
        if (step["app"] is JsonObject { } app)
        {
            if (app.ContainsKey("max_concurrent"))
                Match(expected["max_concurrent"], answer, "max_concurrent");
            else if (app["received"] is JsonObject filter)
                CheckReceived((JsonObject)_variables.Fill(filter)!, expected, answer);
        }
        else
        {
            foreach (var name in Compared.Where(expected.ContainsKey))
                Match(expected[name], answer, name, missingIsEmpty: name == "message");
            CheckSubsetAndHeaders(expected, answer, "");
        }

        if (_faults.Count > before)
            _faults.Add($"answer: {Matcher.Short(answer)}");
    }

    private void CheckSubsetAndHeaders(JsonObject expected, JsonObject answer, string where)
    {
        if (expected.ContainsKey("json_subset"))
            new Matcher(_faults).Match(expected["json_subset"], ActualOf(answer, "json"), where + "json", subset: true);
        foreach (var (name, value) in expected["headers"] as JsonObject ?? [])
        {
            var actual = answer["headers"] is JsonObject headers ? ActualOf(headers, name) : Actual.Missing;
            new Matcher(_faults).Match(value ?? new JsonObject { ["$absent"] = 1 }, actual, $"{where}header {name}");
        }
    }

    private void CheckReceived(JsonObject filter, JsonObject expected, JsonObject answer)
    {
        var count = answer["count"]!.GetValue<int>();
        var wanted = filter["count"]?.GetValue<int>();
        if (wanted is not null && count != wanted)
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"received {count} requests, expected {wanted}"));
        if (wanted is null && count < (filter["min"]?.GetValue<int>() ?? 1))
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"received {count} requests, expected more"));
        if (filter["max"]?.GetValue<int>() is { } most && count > most)
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"received {count} requests, expected at most {most}"));
        if (expected.ContainsKey("gaps"))
            Match(expected["gaps"], answer, "gaps");

        var requests = answer["requests"]!.AsArray();
        if (expected["unordered_bodies"] is { } bodies)
        {
            new Matcher(_faults).Match(
                new JsonObject { ["$unordered"] = bodies.DeepClone() },
                Actual.Of(new JsonArray([.. requests.Select(request => request!["body"]!.DeepClone())])),
                "bodies");
        }

        var each = expected["each"] as JsonArray
            ?? (((string[])["method", "path", "query", "headers", "json", "json_subset", "body"]).Any(expected.ContainsKey) ? [expected.DeepClone()] : []);
        for (var i = 0; i < each.Count; i++)
        {
            if (i >= requests.Count)
            {
                _faults.Add($"request {i} is missing");
                return;
            }

            foreach (var name in ((string[])["method", "path", "query", "json", "body"]).Where(name => each[i]!.AsObject().ContainsKey(name)))
                new Matcher(_faults).Match(each[i]![name], ActualOf(requests[i]!.AsObject(), name), $"request[{i}] {name}");
            CheckSubsetAndHeaders(each[i]!.AsObject(), requests[i]!.AsObject(), $"request[{i}] ");
        }
    }

    private void Match(JsonNode? expected, JsonObject answer, string name, bool missingIsEmpty = false)
    {
        var actual = ActualOf(answer, name);
        new Matcher(_faults).Match(expected, actual.IsMissing && missingIsEmpty ? Actual.Of("") : actual, name);
    }

    private static Actual ActualOf(JsonObject answer, string name) =>
        answer.TryGetPropertyValue(name, out var found) ? Actual.Of(found) : Actual.Missing;

    private void Capture(JsonObject step, JsonObject answer)
    {
        foreach (var (name, source) in step["capture"] as JsonObject ?? [])
        {
            var (kind, path, _) = (source!.GetValue<string>() + "::").Split(':', 3) switch { var parts => (parts[0], parts[1], parts[2]) };
            var value = kind switch
            {
                "header" => answer["headers"]?[path],
                "json" => Follow(answer["json"], path),
                "raw" => Follow(answer, path),
                _ => answer["body"],
            };
            if (value is null)
                _faults.Add($"cannot capture {name} from {source}");
            _variables[name] = value?.DeepClone();
        }
    }

    private static JsonNode? Follow(JsonNode? node, string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate(node, (at, part) => at switch
        {
            JsonArray items => items[int.Parse(part, CultureInfo.InvariantCulture)],
            JsonObject members => members[part],
            _ => null,
        });
}
