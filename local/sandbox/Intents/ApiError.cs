namespace NexusCart.Sandbox.Intents;

/// <summary>A refusal in the provider's shape.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Type">The family: <c>card_error</c>, <c>invalid_request_error</c>, <c>idempotency_error</c>, <c>api_error</c>.</param>
/// <param name="Message">For people.</param>
public sealed record ApiError(int Status, string Type, string Message)
{
    /// <summary>Machine-readable code, when there is one.</summary>
    public string? Code { get; init; }

    /// <summary>The issuer's reason of a declined card.</summary>
    public string? DeclineCode { get; init; }

    /// <summary>The parameter at fault.</summary>
    public string? Param { get; init; }

    /// <summary>The charge that failed.</summary>
    public string? ChargeId { get; init; }

    /// <summary>A request the provider cannot do: 400.</summary>
    public static ApiError Invalid(string? code, string? param, string message) =>
        new(400, "invalid_request_error", message) { Code = code, Param = param };

    /// <summary>Something that does not exist: 404.</summary>
    public static ApiError Missing(string what, string id, string param) =>
        new(404, "invalid_request_error", $"No such {what}: '{id}'") { Code = "resource_missing", Param = param };

    /// <summary>A failed card attempt: 402.</summary>
    public static ApiError Card(CardError error, string? chargeId)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new(402, error.Type, error.Message) { Code = error.Code, DeclineCode = error.DeclineCode, ChargeId = chargeId };
    }

    /// <summary>The provider failed: 500.</summary>
    public static ApiError Internal() => new(500, "api_error", "An unknown error occurred");
}
