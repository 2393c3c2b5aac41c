namespace NexusCart.Sandbox.PayPal.Orders;

/// <summary>One reason of a refusal.</summary>
/// <param name="Issue">The machine-readable issue, such as <c>ORDER_NOT_APPROVED</c>.</param>
/// <param name="Description">For people.</param>
/// <param name="Field">JSON pointer to the field at fault.</param>
/// <param name="Value">The value at fault.</param>
public sealed record ErrorDetail(string Issue, string Description, string? Field = null, string? Value = null);

/// <summary>A refusal in PayPal's shape.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Name">The family: <c>INVALID_REQUEST</c>, <c>UNPROCESSABLE_ENTITY</c>, <c>RESOURCE_NOT_FOUND</c>, …</param>
/// <param name="Message">For people.</param>
public sealed record PayPalError(int Status, string Name, string Message)
{
    private static readonly Dictionary<string, string> Descriptions = new(StringComparer.Ordinal)
    {
        ["ACTION_DOES_NOT_MATCH_INTENT"] = "The order was created with another intent; use the call that matches it.",
        ["AMOUNT_MISMATCH"] = "Should equal item_total + tax_total + shipping + handling + insurance - shipping_discount - discount.",
        ["AUTHORIZATION_ALREADY_CAPTURED"] = "Authorization has previously been captured.",
        ["AUTHORIZATION_DENIED"] = "An denied authorization cannot be captured.",
        ["AUTHORIZATION_EXPIRED"] = "An expired authorization cannot be captured.",
        ["AUTHORIZATION_VOIDED"] = "A voided authorization cannot be captured or reauthorized.",
        ["AUTH_CAPTURE_CURRENCY_MISMATCH"] = "Currency of capture must be the same as currency of authorization.",
        ["CANNOT_BE_VOIDED"] = "A reauthorization cannot be voided. Please void the original parent authorization.",
        ["CANNOT_BE_ZERO_OR_NEGATIVE"] = "Must be greater than zero.",
        ["CAPTURE_FULLY_REFUNDED"] = "The capture has already been fully refunded.",
        ["DECIMALS_NOT_SUPPORTED"] = "Currency does not support decimals.",
        ["DECIMAL_PRECISION"] = "If the currency supports decimals, only two decimal place precision is supported.",
        ["DUPLICATE_INVOICE_ID"] = "Duplicate Invoice ID detected. Possible duplicate transaction.",
        ["INSTRUMENT_DECLINED"] = "The instrument presented was either declined by the processor or bank, or it can't be used for this payment.",
        ["INVALID_CURRENCY_CODE"] = "Currency code is invalid or is not currently supported.",
        ["INVALID_PARAMETER_SYNTAX"] = "The value of a field does not conform to the expected format.",
        ["INVALID_RESOURCE_ID"] = "Specified resource ID does not exist. Please check the resource ID and try again.",
        ["ITEM_TOTAL_MISMATCH"] = "Should equal sum of (unit_amount * quantity) across all items for a given purchase_unit.",
        ["MAX_CAPTURE_AMOUNT_EXCEEDED"] = "Capture amount exceeds allowable limit.",
        ["MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED"] = "You have exceeded the maximum number of payment attempts.",
        ["MISSING_REQUIRED_PARAMETER"] = "A required field / parameter is missing.",
        ["MULTI_CURRENCY_ORDER"] = "Multiple differing values of currency_code are not supported. Entire Order request must have the same currency_code.",
        ["ORDER_ALREADY_AUTHORIZED"] = "Order already authorized. If 'intent=AUTHORIZE' only one authorization per order is allowed.",
        ["ORDER_ALREADY_CAPTURED"] = "Order already captured. If 'intent=CAPTURE' only one capture per order is allowed.",
        ["ORDER_NOT_APPROVED"] = "Payer has not yet approved the Order for payment. Please redirect the payer to the 'rel':'approve' url returned as part of the HATEOAS links within the Create Order call.",
        ["PAYER_ACCOUNT_LOCKED_OR_CLOSED"] = "The payer account cannot be used for this transaction.",
        ["PAYER_ACTION_REQUIRED"] = "Transaction cannot complete successfully, instruct the buyer to return to PayPal.",
        ["PAYER_CANNOT_PAY"] = "Payer cannot pay for this transaction.",
        ["PAYPAL_REQUEST_ID_REQUIRED"] = "A PayPal-Request-Id is required if you are trying to process payment for an Order.",
        ["PENDING_CAPTURE"] = "Cannot initiate a refund as the capture is pending.",
        ["PREVIOUSLY_CAPTURED"] = "Authorization has been previously captured and hence cannot be voided.",
        ["PREVIOUSLY_VOIDED"] = "Authorization has been previously voided and hence cannot be voided again.",
        ["PREVIOUS_REQUEST_IN_PROGRESS"] = "A previous request on this resource is currently in progress. Please wait for sometime and try again.",
        ["REAUTHORIZATION_NOT_SUPPORTED"] = "A reauthorize cannot be attempted on an authorization_id that is the result of a prior reauthorization.",
        ["REAUTHORIZATION_TOO_SOON"] = "Reauthorization is not allowed inside the honor period.",
        ["REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"] = "Transaction failed. Redirect the payer to select another funding source.",
        ["REFUND_AMOUNT_EXCEEDED"] = "The refund amount must be less than or equal to the capture amount that has not yet been refunded.",
        ["REFUND_CAPTURE_CURRENCY_MISMATCH"] = "Refund must be in the same currency as the capture.",
        ["REFUND_NOT_ALLOWED"] = "Capture cannot be refunded.",
        ["TRANSACTION_REFUSED"] = "The request was refused.",
    };

    /// <summary>The reasons.</summary>
    public IReadOnlyList<ErrorDetail> Details { get; init; } = [];

    /// <summary>Where the buyer can choose another instrument, if he is to.</summary>
    public string? RedirectPayer { get; init; }

    /// <summary>What is well formed and cannot be done: 422.</summary>
    public static PayPalError Unprocessable(string issue, string? field = null, string? value = null) =>
        new(422, "UNPROCESSABLE_ENTITY", "The requested action could not be performed, semantically incorrect, or failed business validation.")
        {
            Details = [Detail(issue, field, value)],
        };

    /// <summary>What is not well formed: 400.</summary>
    public static PayPalError Invalid(string issue, string field, string? value = null) =>
        new(400, "INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema.") { Details = [Detail(issue, field, value)] };

    /// <summary>What does not exist: 404.</summary>
    public static PayPalError NotFound() =>
        new(404, "RESOURCE_NOT_FOUND", "The specified resource does not exist.") { Details = [Detail("INVALID_RESOURCE_ID", null, null)] };

    /// <summary>What runs already: 409.</summary>
    public static PayPalError InProgress() =>
        new(409, "RESOURCE_CONFLICT", "The server has detected a conflict while processing this request.") { Details = [Detail("PREVIOUS_REQUEST_IN_PROGRESS", null, null)] };

    /// <summary>A request id that came with another request before: 422. PayPal does not say what it does; taking it for a replay would hide a mistake.</summary>
    public static PayPalError OtherRequest() =>
        new(422, "UNPROCESSABLE_ENTITY", "The PayPal-Request-Id was used with another request before.")
        {
            Details = [new("DUPLICATE_REQUEST_ID", "The value of PayPal-Request-Id header has already been used", "PayPal-Request-Id")],
        };

    /// <summary>No or a wrong token: 401.</summary>
    public static PayPalError Unauthenticated() =>
        new(401, "AUTHENTICATION_FAILURE", "Authentication failed due to missing authorization header, or invalid authentication credentials.");

    /// <summary>Too many requests: 429.</summary>
    public static PayPalError TooMany() => new(429, "RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting.");

    /// <summary>PayPal failed: 500.</summary>
    public static PayPalError Internal() =>
        new(500, "INTERNAL_SERVER_ERROR", "An internal server error has occurred.");

    /// <summary>What the <c>PayPal-Mock-Response</c> header asks for.</summary>
    public static PayPalError Mock(string code) => code switch
    {
        "INTERNAL_SERVER_ERROR" or "INTERNAL_SERVICE_ERROR" => Internal(),
        "SERVICE_UNAVAILABLE" => new(503, code, "Service unavailable."),
        "RATE_LIMIT_REACHED" => TooMany(),
        "RESOURCE_NOT_FOUND" or "INVALID_RESOURCE_ID" => NotFound(),
        "AUTHENTICATION_FAILURE" => Unauthenticated(),
        "NOT_AUTHORIZED" or "PERMISSION_DENIED" => new(403, "NOT_AUTHORIZED", "Authorization failed due to insufficient permissions.")
        {
            Details = [new("PERMISSION_DENIED", "You do not have permission to access or perform operations on this resource.")],
        },
        "PREVIOUS_REQUEST_IN_PROGRESS" => InProgress(),
        "MISSING_REQUIRED_PARAMETER" or "INVALID_PARAMETER_SYNTAX" or "INVALID_PARAMETER_VALUE" => Invalid(code, "/"),
        _ => Unprocessable(code),
    };

    private static ErrorDetail Detail(string issue, string? field, string? value) =>
        new(issue, Descriptions.GetValueOrDefault(issue, "The requested action could not be performed."), field, value);
}

/// <summary>Ends a request with a refusal.</summary>
public sealed class PayPalException(PayPalError error) : Exception(error.Message)
{
    /// <summary>The refusal.</summary>
    public PayPalError Error { get; } = error;
}
