using Prometheus;

namespace NexusCart.Sidecar.Metrics;

/// <summary>Errors of the API by code and category, which daprd counts when told to.</summary>
internal sealed class ErrorCodes
{
    // The first that fits counts; the categories are documented with Dapr's error codes.
    private static readonly (string Part, string Category)[] Categories =
    [
        ("ERR_ACTOR", "actor"),
        ("WORKFLOW", "workflow"),
        ("ERR_INSTANCE_ID", "workflow"),
        ("CONFIGURATION", "configuration"),
        ("CRYPTO", "crypto"),
        ("SECRET", "secret"),
        ("ERR_PERMISSION_DENIED", "secret"),
        ("STATE", "state"),
        ("PUBSUB", "pubsub"),
        ("ERR_TOPIC_NAME_EMPTY", "pubsub"),
        ("ERR_PUBLISH_OUTBOX", "pubsub"),
        ("CONVERSATION", "conversation"),
        ("ERR_DIRECT_INVOKE", "service-invocation"),
        ("BINDING", "binding"),
        ("LOCK", "lock"),
        ("HEALTH", "health"),
        ("DAPR_SCHEDULER", "job"),
    ];

    private readonly SeriesCache<string, Counter.Child> _errors;

    public ErrorCodes(Instruments instruments)
    {
        var errors = instruments.Counter(
            "dapr_error_code_total", "Total number of times an error with a specific error code was encountered.", "category", "error_code");
        _errors = new(code => errors.Of(CategoryOf(code), code));
    }

    /// <summary>Notes an error.</summary>
    public void Answered(string code)
    {
        if (code.Length > 0)
            _errors[code].Inc();
    }

    private static string CategoryOf(string code) =>
        Array.Find(Categories, entry => code.Contains(entry.Part, StringComparison.Ordinal)).Category ?? "common";
}
