using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Idempotency;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;
using NexusCart.Users.Actors;
using NexusCart.Users.Domain;
using NexusCart.Users.OAuth;
using NexusCart.Users.V1;
using Session = NexusCart.Users.V1.Session;

namespace NexusCart.Users.Api;

/// <summary>The contract of protos/nexuscart/users/v1: validates, calls, maps. Everything is the caller's own.</summary>
[Authorize(Policies.Customer)]
public sealed class UsersService(AccountBook accounts, SignIn signIn, PasswordHasher passwords, ApiKeys apiKeys, PersonalData personal, TimeProvider time)
    : V1.Users.UsersBase
{
    private const int MostRoles = 20;
    private static readonly TimeSpan LongestKeyLife = TimeSpan.FromDays(400);
    private const string NoTicket = "is not good, or no longer: ask for a new one";

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<Profile> Register(RegisterRequest request, ServerCallContext context)
    {
        var key = context.RequireIdempotencyKey();
        var email = request.Email.Trim();
        var violations = new Violations();
        Check(violations, Credentials.FaultOfEmail(email), "email");
        Check(violations, Credentials.FaultOfPassword(request.Password, email), "password");
        Check(violations, Credentials.FaultOfName(request.DisplayName), "displayName");
        violations.ThrowIfAny();

        var name = request.DisplayName.Trim();
        var hash = await passwords.HashAsync(request.Password, context.CancellationToken);
        var answer = await accounts.RegisterAsync(
            Identifiers.New(time), email,
            userId => new Register(email, name, hash, key, TicketText.New(userId, TicketPurpose.EmailVerification, time.GetUtcNow())),
            context.CancellationToken);
        if (answer.Account is not { } account)
            throw Refusal.AlreadyExists("email_taken", "This e-mail address has an account.");
        // A repetition shows itself by its content: a digest of the password next to its slow hash would undo the slowness.
        if (account.PasswordHash != hash && !(account.Email == email && account.DisplayName == name
            && await passwords.VerifyAsync(account.PasswordHash, request.Password, context.CancellationToken)))
        {
            throw Refusal.KeyReused();
        }

        return ToProfile(account);
    }

    /// <inheritdoc/>
    public override async Task<Profile> GetProfile(GetProfileRequest request, ServerCallContext context) =>
        ToProfile(await OwnAsync(context));

    /// <inheritdoc/>
    public override async Task<ListSessionsResponse> ListSessions(ListSessionsRequest request, ServerCallContext context) =>
        new() { Sessions = { Alive(await OwnAsync(context)) } };

    /// <inheritdoc/>
    public override async Task<EndSessionResponse> EndSession(EndSessionRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckId(request.SessionId, "sessionId");
        violations.ThrowIfAny();
        var account = await OwnAsync(context);
        if (account.Sessions.FirstOrDefault(session => session.Id == request.SessionId) is { } own)
        {
            await accounts.DoAsync(account.Id, new EndSession(own.Id), context.CancellationToken);
            await accounts.RevokeAsync([own], context.CancellationToken);
        }

        return new EndSessionResponse();
    }

    /// <inheritdoc/>
    public override async Task<EndAllSessionsResponse> EndAllSessions(EndAllSessionsRequest request, ServerCallContext context)
    {
        var account = await OwnAsync(context);
        await accounts.DoAsync(account.Id, new EndAllSessions(), context.CancellationToken);
        await accounts.RevokeAsync(account.Sessions, context.CancellationToken);
        return new EndAllSessionsResponse();
    }

    /// <inheritdoc/>
    public override async Task<ChangePasswordResponse> ChangePassword(ChangePasswordRequest request, ServerCallContext context)
    {
        var account = await OwnAsync(context);
        var violations = new Violations();
        Check(violations, Credentials.FaultOfPassword(request.NewPassword, account.Email), "newPassword");
        violations.ThrowIfAny();
        // Repeated, the former password is wrong and the new one right: done before.
        if ((await signIn.CheckIdAsync(account.Id, request.CurrentPassword, context.CancellationToken)
            ?? await signIn.CheckIdAsync(account.Id, request.NewPassword, context.CancellationToken)) is null)
        {
            throw Refusal.Invalid("currentPassword", "is wrong, or too many attempts were made");
        }

        var hash = await passwords.HashAsync(request.NewPassword, context.CancellationToken);
        await accounts.DoAsync(account.Id, new ChangePassword(hash), context.CancellationToken);
        await accounts.RevokeAsync(account.Sessions, context.CancellationToken);
        return new ChangePasswordResponse();
    }

    /// <inheritdoc/>
    public override async Task<AccountExport> ExportAccount(ExportAccountRequest request, ServerCallContext context)
    {
        var account = await OwnAsync(context);
        var export = new AccountExport();
        if (request.PageToken.Length == 0)
        {
            export.Profile = ToProfile(account);
            export.Sessions.AddRange(Alive(account));
            export.Addresses.AddRange(account.Addresses.Select(AddressMapping.ToMessage));
            export.ApiKeys.AddRange(account.ApiKeys.Select(ToMessage));
        }

        await personal.AddAsync(export, request.PageToken, context);
        return export;
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<RequestPasswordResetResponse> RequestPasswordReset(RequestPasswordResetRequest request, ServerCallContext context)
    {
        var email = request.Email.Trim();
        var violations = new Violations();
        Check(violations, Credentials.FaultOfEmail(email), "email");
        violations.ThrowIfAny();
        if (await accounts.FindAsync(email, context.CancellationToken) is { } userId)
            await RequestAsync(userId, TicketPurpose.PasswordReset, context);
        return new RequestPasswordResetResponse();
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<ResetPasswordResponse> ResetPassword(ResetPasswordRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var fine = TicketText.TryParse(request.Ticket, out var userId, out var ticket);
        violations.Check(fine, "ticket", NoTicket);
        Check(violations, Credentials.FaultOfPassword(request.NewPassword, ""), "newPassword");
        violations.ThrowIfAny();

        var before = await accounts.SessionsAsync(userId, context.CancellationToken);
        var hash = await passwords.HashAsync(request.NewPassword, context.CancellationToken);
        var answer = await accounts.DoAsync(userId, new ResetPassword(ticket, hash), context.CancellationToken);
        if (answer.Verdict is not AccountVerdict.Done)
            throw Refusal.Invalid("ticket", NoTicket);
        await accounts.RevokeAsync(before, context.CancellationToken);
        return new ResetPasswordResponse();
    }

    /// <inheritdoc/>
    public override async Task<RequestEmailVerificationResponse> RequestEmailVerification(
        RequestEmailVerificationRequest request, ServerCallContext context)
    {
        await RequestAsync((await OwnAsync(context)).Id, TicketPurpose.EmailVerification, context);
        return new RequestEmailVerificationResponse();
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<VerifyEmailResponse> VerifyEmail(VerifyEmailRequest request, ServerCallContext context)
    {
        if (!TicketText.TryParse(request.Ticket, out var userId, out var ticket)
            || (await accounts.DoAsync(userId, new VerifyEmail(ticket), context.CancellationToken)).Verdict is not AccountVerdict.Done)
        {
            throw Refusal.Invalid("ticket", NoTicket);
        }

        return new VerifyEmailResponse();
    }

    /// <inheritdoc/>
    public override async Task<ListAddressesResponse> ListAddresses(ListAddressesRequest request, ServerCallContext context) =>
        new() { Addresses = { (await OwnAsync(context)).Addresses.Select(AddressMapping.ToMessage) } };

    /// <inheritdoc/>
    public override async Task<BookedAddress> PutAddress(PutAddressRequest request, ServerCallContext context)
    {
        var entry = request.ToEntry();
        var account = await OwnAsync(context);
        var answer = await accounts.DoAsync(account.Id, new PutAddress(entry), context.CancellationToken);
        return answer.Verdict is AccountVerdict.BookFull
            ? throw Refusal.Precondition("address_book_full", $"An address book holds at most {Account.MostAddresses} addresses.")
            : entry.ToMessage();
    }

    /// <inheritdoc/>
    public override async Task<RemoveAddressResponse> RemoveAddress(RemoveAddressRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckId(request.AddressId, "addressId");
        violations.ThrowIfAny();
        await accounts.DoAsync((await OwnAsync(context)).Id, new RemoveAddress(request.AddressId), context.CancellationToken);
        return new RemoveAddressResponse();
    }

    /// <inheritdoc/>
    public override async Task<ListApiKeysResponse> ListApiKeys(ListApiKeysRequest request, ServerCallContext context) =>
        new() { ApiKeys = { (await OwnAsync(context)).ApiKeys.Select(ToMessage) } };

    /// <inheritdoc/>
    public override async Task<V1.ApiKey> PutApiKey(PutApiKeyRequest request, ServerCallContext context)
    {
        // A key must not make keys: taken away, it would live on in them.
        if (context.GetHttpContext().User.HasClaim(claim => claim.Type == ShopClients.ApiKeyClaim))
            throw Refusal.Forbidden("An API key makes no API keys: sign in.");
        var account = await OwnAsync(context);
        var now = time.GetUtcNow();
        var violations = new Violations();
        violations.CheckId(request.KeyId, "keyId");
        violations.Check(request.Roles.All(account.Roles.Contains), "roles", "must be among your own");
        var expires = request.ExpiresAt?.ToDateTimeOffset();
        // One that is asked for again may be out of date by now.
        var known = account.ApiKeys.Any(key => key.Id == request.KeyId && key.ExpiresAt == expires);
        violations.Check(
            expires is not null && (known || (expires > now && expires <= now + LongestKeyLife)),
            "expiresAt", $"must be in the future, within {LongestKeyLife.TotalDays:N0} days");
        violations.ThrowIfAny();

        var answer = await accounts.DoAsync(account.Id, new PutApiKey(request.KeyId, [.. request.Roles], expires!.Value), context.CancellationToken);
        switch (answer.Verdict)
        {
            case AccountVerdict.Done:
                var made = answer.Account!.ApiKeys.Single(key => key.Id == request.KeyId);
                var message = ToMessage(made);
                message.Secret = apiKeys.Text(account.Id, made);
                return message;
            case AccountVerdict.KeyDiffers:
                throw Refusal.AlreadyExists("api_key_exists", "There is an API key of this name with other roles or another end.");
            case AccountVerdict.TooManyKeys:
                throw Refusal.Precondition("too_many_api_keys", $"There are {Account.MostApiKeys} API keys; take one away first.");
            default:
                throw Refusal.NotFound("account", account.Id);
        }
    }

    /// <inheritdoc/>
    public override async Task<RemoveApiKeyResponse> RemoveApiKey(RemoveApiKeyRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckId(request.KeyId, "keyId");
        violations.ThrowIfAny();
        await accounts.DoAsync((await OwnAsync(context)).Id, new RemoveApiKey(request.KeyId), context.CancellationToken);
        return new RemoveApiKeyResponse();
    }

    /// <inheritdoc/>
    public override async Task<EraseAccountResponse> EraseAccount(EraseAccountRequest request, ServerCallContext context)
    {
        var account = await OwnAsync(context);
        if (await signIn.CheckIdAsync(account.Id, request.Password, context.CancellationToken) is null)
            throw Refusal.Invalid("password", "is wrong, or too many attempts were made");
        await accounts.DoAsync(account.Id, new Erase(), context.CancellationToken);
        await accounts.RevokeAsync(account.Sessions, context.CancellationToken);
        return new EraseAccountResponse();
    }

    /// <inheritdoc/>
    [Authorize(Policies.UsersWrite)]
    public override async Task<Profile> SetRoles(SetRolesRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckId(request.UserId, "userId");
        violations.Check(request.Roles.Count <= MostRoles, "roles", $"must be at most {MostRoles}");
        for (var i = 0; i < Math.Min(request.Roles.Count, MostRoles); i++)
            violations.CheckSku(request.Roles[i], $"roles[{i}]"); // Roles are written like SKUs: "catalog.write".
        violations.ThrowIfAny();
        var answer = await accounts.DoAsync(request.UserId, new SetRoles([.. request.Roles]), context.CancellationToken);
        return answer.Account is { } account ? ToProfile(account) : throw Refusal.NotFound("user", request.UserId);
    }

    /// <inheritdoc/>
    [Authorize(Policies.UsersWrite)]
    public override async Task<Profile> SetCustomerGroup(SetCustomerGroupRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckId(request.UserId, "userId");
        if (request.CustomerGroup.Length > 0)
            violations.CheckId(request.CustomerGroup, "customerGroup");
        violations.ThrowIfAny();
        var answer = await accounts.DoAsync(request.UserId, new SetCustomerGroup(request.CustomerGroup), context.CancellationToken);
        return answer.Account is { } account ? ToProfile(account) : throw Refusal.NotFound("user", request.UserId);
    }

    private Task<AccountAnswer> RequestAsync(string userId, TicketPurpose purpose, ServerCallContext context) =>
        accounts.DoAsync(userId, new RequestTicket(TicketText.New(userId, purpose, time.GetUtcNow())), context.CancellationToken);

    /// <summary>The caller's account. Guests and client applications have none.</summary>
    private async Task<Account> OwnAsync(ServerCallContext context)
    {
        var userId = context.CustomerId();
        return await accounts.ReadAsync(userId, context.CancellationToken) ?? throw Refusal.NotFound("account", userId);
    }

    private IEnumerable<Session> Alive(Account account)
    {
        var now = time.GetUtcNow();
        return account.Sessions.Where(session => session.ExpiresAt > now).OrderByDescending(session => session.StartedAt).Select(session => new Session
        {
            SessionId = session.Id,
            ClientId = session.ClientId,
            StartedAt = session.StartedAt.ToTimestamp(),
            RefreshedAt = session.RefreshedAt.ToTimestamp(),
            ExpiresAt = session.ExpiresAt.ToTimestamp(),
        });
    }

    private static V1.ApiKey ToMessage(Domain.ApiKey key) => new()
    {
        KeyId = key.Id,
        Roles = { key.Roles },
        CreatedAt = key.CreatedAt.ToTimestamp(),
        ExpiresAt = key.ExpiresAt.ToTimestamp(),
    };

    private static Profile ToProfile(Account account) => new()
    {
        UserId = account.Id,
        Email = account.Email,
        EmailVerified = account.EmailVerified,
        DisplayName = account.DisplayName,
        Roles = { account.Roles },
        CreatedAt = account.CreatedAt.ToTimestamp(),
        CustomerGroup = account.CustomerGroup,
    };

    private static void Check(Violations violations, string? fault, string field) =>
        violations.Check(fault is null, field, fault ?? "");
}
