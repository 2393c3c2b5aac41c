using NexusCart.Sandbox.Control;
using NexusCart.Sandbox.Idempotency;
using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;
using NexusCart.Sandbox.Webhooks;

namespace NexusCart.Sandbox.Http;

/// <summary>
/// What every API request goes through: request id, key check, faults asked for by a test, idempotency, execution, answer.
/// A caller that goes away does not stop an execution: that is how a real provider leaves its callers in doubt.
/// </summary>
public sealed class ApiExecutor(
    Ledger ledger,
    IdempotencyGate gate,
    FaultBox faults,
    RateLimits limits,
    WebhookEndpoints endpoints,
    ApiAuthentication authentication,
    StripeJson json,
    TimeProvider time)
{
    /// <summary>Runs a request that changes something.</summary>
    /// <param name="http">The request.</param>
    /// <param name="operation">Its name for faults: <c>payment_intents.capture</c>.</param>
    /// <param name="objectId">The payment or refund in the path, if any.</param>
    /// <param name="prepare">Validates the parameters (throwing <see cref="ApiException"/>) and gives what to execute.</param>
    public Task MutateAsync(HttpContext http, string operation, string? objectId, Func<StripeForm, Func<LedgerTransaction, Answer>> prepare) =>
        GuardAsync(http, async requestId =>
        {
            var form = await StripeForm.ReadAsync(http.Request);
            var key = http.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 } text ? text : null;
            if (key is not null)
                http.Response.Headers["Idempotency-Key"] = key;
            Answer? answer;
            // The key is free again before the caller can know of the end: his next request must not find it taken.
            using (gate.Enter(key))
                answer = await ExecuteAsync(http, faults.Take(Providers.Stripe, operation, MetadataOf(objectId, form)), key, requestId, form, prepare);
            if (answer is null)
                http.Abort();
            else
                await SendAsync(http, answer);
        });

    /// <summary>Runs a request that only reads.</summary>
    public Task QueryAsync(HttpContext http, string operation, string? objectId, Func<StripeForm, LedgerState, byte[]> query) =>
        GuardAsync(http, async _ =>
        {
            var form = await StripeForm.ReadAsync(http.Request);
            var fault = faults.Take(Providers.Stripe, operation, MetadataOf(objectId, form));
            var dropped = await BeforeAsync(fault);
            var body = dropped ? [] : ledger.Read(state => query(form, state));
            if (dropped || await fault.AfterAsync(time))
                http.Abort();
            else
                await SendAsync(http, 200, body);
        });

    /// <summary>The answer to a URL that names nothing.</summary>
    public Task UnknownAsync(HttpContext http) => GuardAsync(http, _ =>
        throw new ApiException(new(404, "invalid_request_error",
            $"Unrecognized request URL ({http.Request.Method}: {http.Request.Path}).")));

    private Answer? Replay(HttpContext http, string? key, string fingerprint)
    {
        if (key is null || ledger.Read(state => state.FindAnswer(key, time.GetUtcNow())) is not { } found)
            return null;
        if (found.Stored.Fingerprint != fingerprint)
            throw new ApiException(IdempotencyGate.Mismatch(key));
        http.Response.Headers["Idempotent-Replayed"] = "true";
        http.Response.Headers["Original-Request"] = found.Stored.RequestId;
        return found.Answer;
    }

    /// <summary>Null when the connection is to be broken.</summary>
    private async Task<Answer?> ExecuteAsync(
        HttpContext http, Fault fault, string? key, string requestId, StripeForm form, Func<StripeForm, Func<LedgerTransaction, Answer>> prepare)
    {
        if (await BeforeAsync(fault))
            return null;
        var fingerprint = IdempotencyGate.Fingerprint(http.Request.Method, http.Request.Path, form);
        var request = new RequestContext(requestId, key, fingerprint) { Subscribers = type => endpoints.SubscribersOf(Providers.Stripe, type) };
        var answer = Replay(http, key, fingerprint) ?? ledger.Execute(fault.Around(prepare(form)), request);
        return await fault.AfterAsync(time) ? null : answer;
    }

    /// <summary>True when the connection is to be broken before anything happens.</summary>
    private async Task<bool> BeforeAsync(Fault fault)
    {
        await fault.BeforeAsync(time);
        return fault.Kind == FaultKind.Refuse ? throw new ApiException(fault.Refusal()) : fault.Kind == FaultKind.DropBefore;
    }

    private Task SendAsync(HttpContext http, Answer answer)
    {
        // A stored failure is replayed for ever: trying again under the same key is no use.
        if (answer.Status >= 500)
            http.Response.Headers["Stripe-Should-Retry"] = "false";
        return SendAsync(http, answer.Status, StripeJson.Bytes(writer => json.Write(writer, answer)));
    }

    private async Task GuardAsync(HttpContext http, Func<string, Task> run)
    {
        var requestId = Ids.New("req")[..18];
        http.Response.Headers["Request-Id"] = requestId;
        http.Response.Headers["Stripe-Version"] = SandboxOptions.ApiVersion;
        try
        {
            authentication.Require(http.Request);
            if (!limits.TryTake(Providers.Stripe))
            {
                http.Response.Headers["Stripe-Rate-Limited-Reason"] = "global-rate";
                throw new ApiException(new(429, "invalid_request_error", "Too many requests hit the API too quickly. We recommend an exponential backoff of your requests.") { Code = "rate_limit" });
            }

            await run(requestId);
        }
        catch (ApiException refused)
        {
            if (refused.Error.Status == 409)
                http.Response.Headers["Stripe-Should-Retry"] = "true";
            await SendAsync(http, refused.Error.Status, StripeJson.Bytes(writer => json.WriteError(writer, refused.Error, intent: null)));
        }
    }

    private IReadOnlyDictionary<string, string> MetadataOf(string? objectId, StripeForm form)
    {
        var intentId = objectId ?? form.Text("payment_intent");
        return intentId is not null && ledger.Read(state => state.Intents.GetValueOrDefault(intentId)) is { } intent
            ? intent.Metadata
            : form.Metadata();
    }

    private static async Task SendAsync(HttpContext http, int status, byte[] body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body);
    }
}
