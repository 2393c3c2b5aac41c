using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NexusCart.Sandbox.Control;
using NexusCart.Sandbox.PayPal.Orders;
using NexusCart.Sandbox.PayPal.Storage;

namespace NexusCart.Sandbox.PayPal.Http;

/// <summary>How one operation answers.</summary>
/// <param name="Operation">Its name for faults: <c>orders.capture</c>.</param>
/// <param name="Shows">What its answer shows.</param>
/// <param name="Keeps">How long its answer is kept under a request id.</param>
public sealed record PayPalCall(string Operation, ResourceKind Shows, TimeSpan Keeps)
{
    /// <summary>How long Orders v2 keeps answers.</summary>
    public static readonly TimeSpan OrdersKeep = TimeSpan.FromHours(6);

    /// <summary>How long Payments v2 keeps answers.</summary>
    public static readonly TimeSpan PaymentsKeep = TimeSpan.FromDays(45);

    /// <summary>True when a success without <c>Prefer: return=representation</c> has no body.</summary>
    public bool Empty { get; init; }
}

/// <summary>
/// What every PayPal request goes through: token, limits, negative testing, faults, request id, execution, answer. A caller
/// that goes away does not stop an execution.
/// </summary>
public sealed class PayPalExecutor(
    PayPalLedger ledger, PayPalBook book, PayPalTokens tokens, RateLimits limits, FaultBox faults, PayPalJson json, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, byte> _inFlight = new(StringComparer.Ordinal);

    /// <summary>Runs a request that changes something.</summary>
    /// <param name="http">The request.</param>
    /// <param name="call">How it answers.</param>
    /// <param name="objectId">The order, hold or capture in the path, if any.</param>
    /// <param name="prepare">Checks the body (throwing <see cref="PayPalException"/>) and gives what to execute.</param>
    public Task MutateAsync(
        HttpContext http, PayPalCall call, string? objectId, Func<PayPalBody, Func<PayPalState, DateTimeOffset, OrderChange>> prepare) =>
        GuardAsync(http, async () =>
        {
            ArgumentNullException.ThrowIfNull(call);
            var body = await PayPalBody.ReadAsync(http.Request);
            ThrowIfMocked(http.Request);
            var requestId = RequestId(http.Request);
            var key = requestId is null ? null : $"{call.Operation}/{requestId}";
            (int Status, string Body)? answer;
            using (Claim(key))
                answer = await ExecuteAsync(http, call, key, body, faults.Take(Providers.PayPal, call.Operation, NamesOf(objectId, body)), prepare);
            if (answer is { } given)
                await SendAsync(http, given.Status, given.Body);
            else
                http.Abort();
        });

    /// <summary>Runs a request that only reads.</summary>
    public Task QueryAsync(HttpContext http, string operation, string? objectId, Func<PayPalState, string> query) => GuardAsync(http, async () =>
    {
        ThrowIfMocked(http.Request);
        var fault = faults.Take(Providers.PayPal, operation, NamesOf(objectId, null));
        var dropped = await BeforeAsync(fault);
        var body = dropped ? "" : ledger.Read(query);
        if (dropped || await fault.AfterAsync(time))
            http.Abort();
        else
            await SendAsync(http, 200, body);
    });

    /// <summary>The answer to a URL that names nothing.</summary>
    public Task UnknownAsync(HttpContext http) => GuardAsync(http, () => throw new PayPalException(PayPalError.NotFound()));

    /// <summary>Runs anything as the signed-in client, with errors in PayPal's shape.</summary>
    public async Task GuardAsync(HttpContext http, Func<Task> run)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(run);
        var debugId = PayPalNames.NewDebugId();
        http.Response.Headers["Paypal-Debug-Id"] = debugId;
        try
        {
            tokens.Require(http.Request);
            if (!limits.TryTake(Providers.PayPal))
                throw new PayPalException(PayPalError.TooMany());
            await run();
        }
        catch (PayPalException refused)
        {
            await SendAsync(http, refused.Error.Status, PayPalJson.Text(writer => json.Write(writer, refused.Error, debugId)));
        }
    }

    /// <summary>Sends JSON; 204 when there is none.</summary>
    public static async Task SendAsync(HttpContext http, int status, string body)
    {
        ArgumentNullException.ThrowIfNull(http);
        var bytes = Encoding.UTF8.GetBytes(body);
        http.Response.StatusCode = bytes.Length == 0 ? 204 : status;
        if (bytes.Length == 0)
            return;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = bytes.Length;
        await http.Response.Body.WriteAsync(bytes);
    }

    /// <summary>Null when the connection is to be broken.</summary>
    private async Task<(int Status, string Body)?> ExecuteAsync(
        HttpContext http, PayPalCall call, string? key, PayPalBody body, Fault fault, Func<PayPalBody, Func<PayPalState, DateTimeOffset, OrderChange>> prepare)
    {
        if (await BeforeAsync(fault))
            return null;
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{http.Request.Path}\n{body.Content}")));
        if (key is not null && ledger.Read(state => state.FindKept(key, time.GetUtcNow())) is { } kept)
        {
            if (kept.Fingerprint != fingerprint)
                throw new PayPalException(PayPalError.OtherRequest());
            return await fault.AfterAsync(time) ? null : (200, kept.Body);
        }

        if (fault.Kind == FaultKind.Fail)
            throw new PayPalException(PayPalError.Internal());
        var whole = http.Request.Headers["Prefer"].ToString().Contains("return=representation", StringComparison.OrdinalIgnoreCase);
        string Render(OrderChange change) => call.Empty && !whole
            ? ""
            : PayPalJson.Text(writer => json.Write(writer, change.Order, call.Shows, call.Shows == ResourceKind.Order ? change.Order.Id : change.ObjectId!, whole));
        var change = book.Apply(prepare(body), (done, now) => key is null ? null : new(key, fingerprint, Render(done), now + call.Keeps));
        if (await fault.AfterAsync(time))
            return null;
        if (change.Error is { } refused)
            throw new PayPalException(refused);
        if (fault.Kind == FaultKind.FailAfterEffect)
            throw new PayPalException(PayPalError.Internal());
        return (call.Empty ? 200 : 201, Render(change));
    }

    /// <summary>True when the connection is to be broken before anything happens.</summary>
    private async Task<bool> BeforeAsync(Fault fault)
    {
        await fault.BeforeAsync(time);
        return fault.Kind == FaultKind.Refuse ? throw new PayPalException(fault.PayPalRefusal()) : fault.Kind == FaultKind.DropBefore;
    }

    private Released? Claim(string? key)
    {
        if (key is null)
            return null;
        return _inFlight.TryAdd(key, 0) ? new Released(this, key) : throw new PayPalException(PayPalError.InProgress());
    }

    private Dictionary<string, string> NamesOf(string? objectId, PayPalBody? body)
    {
        var unit = objectId is null ? null : ledger.Read(state => state.Orders.GetValueOrDefault(objectId) ?? state.OwnerOf(objectId))?.Unit;
        var asked = unit is null && body is not null ? FirstUnit(body) : null;
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        if ((unit?.CustomId ?? asked?.Text("custom_id")) is { } custom)
        {
            names["custom_id"] = custom;
            names[Providers.PaymentIdKey] = custom;
        }

        if ((unit?.InvoiceId ?? asked?.Text("invoice_id")) is { } invoice)
            names["invoice_id"] = invoice;
        return names;
    }

    private static PayPalBody? FirstUnit(PayPalBody body) => body.List("purchase_units") is [var first, ..] ? first : null;

    private static string? RequestId(HttpRequest request)
    {
        var id = request.Headers["PayPal-Request-Id"].ToString();
        if (id.Length > 108)
            throw new PayPalException(PayPalError.Invalid("INVALID_STRING_LENGTH", "PayPal-Request-Id"));
        return id.Length == 0 ? null : id;
    }

    /// <summary>PayPal's own negative testing: <c>PayPal-Mock-Response: {"mock_application_codes":"INSTRUMENT_DECLINED"}</c>.</summary>
    private static void ThrowIfMocked(HttpRequest request)
    {
        var header = request.Headers["PayPal-Mock-Response"].ToString();
        if (header.Length == 0)
            return;
        try
        {
            using var document = JsonDocument.Parse(header);
            var codes = document.RootElement.GetProperty("mock_application_codes");
            var code = codes.ValueKind == JsonValueKind.Array ? codes[0].GetString() : codes.GetString();
            throw new PayPalException(PayPalError.Mock(code!));
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new PayPalException(PayPalError.Invalid("INVALID_PARAMETER_SYNTAX", "PayPal-Mock-Response"));
        }
    }

    private sealed class Released(PayPalExecutor executor, string key) : IDisposable
    {
        public void Dispose() => executor._inFlight.TryRemove(key, out _);
    }
}
