using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd.Attacks;

/// <summary>Sends what no client of the shop's would send, and does so exactly.</summary>
internal sealed class Attacker(RunningShop shop) : IDisposable
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create<byte[]>(value => value, value => value);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(shop.Address.Grpc);

    /// <summary>Runs an attack on each, a few at a time, and says which did not go as it should.</summary>
    public static async Task EachAsync<T>(IEnumerable<T> targets, Func<T, Task<string?>> attack)
    {
        var failures = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(targets, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (target, _) =>
        {
            if (await attack(target) is { } failure)
                failures.Add(failure);
        });
        Assert.True(failures.IsEmpty, string.Join(Environment.NewLine, failures.Order(StringComparer.Ordinal)));
    }

    /// <summary>Sends a path as it is written, dots, slashes and all; again where the shop says 'not now', as a busy machine has it say.</summary>
    public async Task<ShopAnswer> SendAsync(
        string verb, string path, string? token = null, string? body = null, params (string Name, string Value)[] headers) =>
        await WhileBusyAsync(() => SendOnceAsync(verb, path, token, body, headers), static answer => answer.Status is 503 or 504);

    private async Task<ShopAnswer> SendOnceAsync(string verb, string path, string? token, string? body, (string Name, string Value)[] headers)
    {
        var target = new Uri(shop.Address.Http.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(verb), target);
        if (verb is not ("GET" or "DELETE" or "HEAD" or "TRACE"))
            request.Content = new StringContent(body ?? "{}", Encoding.UTF8, "application/json");
        if (verb is not "GET")
            request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await _http.SendAsync(request);
        return new ShopAnswer((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType ?? "", await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Calls an RPC by its name with an empty message; again where the shop says 'not now'.</summary>
    public async Task<StatusCode> CallAsync(ContractRpc rpc, string? token = null, params (string Name, string Value)[] headers) =>
        await WhileBusyAsync(() => CallOnceAsync(rpc, token, headers), static status => status is StatusCode.Unavailable or StatusCode.DeadlineExceeded);

    private static async Task<T> WhileBusyAsync<T>(Func<Task<T>> ask, Func<T, bool> isBusy)
    {
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(Pause))
        {
            var answer = await ask();
            if (!isBusy(answer) || Stopwatch.GetElapsedTime(started) > Patience)
                return answer;
        }
    }

    private async Task<StatusCode> CallOnceAsync(ContractRpc rpc, string? token, (string Name, string Value)[] headers)
    {
        var metadata = new Metadata { { "idempotency-key", Guid.CreateVersion7().ToString() } };
        if (token is not null)
            metadata.Add("authorization", "Bearer " + token);
        foreach (var (name, value) in headers)
            metadata.Add(name, value);
        var method = new Method<byte[], byte[]>(MethodType.Unary, rpc.Method.Service.FullName, rpc.Method.Name, Bytes, Bytes);
        try
        {
            await _channel.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(metadata, DateTime.UtcNow.AddSeconds(30)), []);
            return StatusCode.OK;
        }
        catch (RpcException failure)
        {
            return failure.StatusCode;
        }
    }

    /// <summary>An answer for people, whatever is in it.</summary>
    public static string Show(ShopAnswer answer) => $"{answer.Status} {answer.ContentType} {answer.Body}";

    /// <summary>A token with these roles.</summary>
    public async Task<string> TokenAsync(string? subject, params IEnumerable<string> roles) =>
        (await shop.Client.GetTokenAsync(subject, [.. roles], CancellationToken.None)).Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _channel.Dispose();
    }
}
