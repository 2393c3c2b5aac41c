namespace NexusCart.Users.Domain;

/// <summary>What commands do to an account.</summary>
public static class AccountMachine
{
    /// <summary>Decides one command at a moment.</summary>
    public static AccountDecision Decide(string id, Account? account, AccountCommand command, DateTimeOffset now)
    {
        if (command is Register register)
            return Registering(id, account, register, now);
        if (account is null || account.Status is AccountStatus.Erased)
        {
            return account is not null && command is Erase
                ? new(AccountVerdict.Done, account)
                : new(AccountVerdict.NotFound, null);
        }

        return command switch
        {
            ReadAccount => new(AccountVerdict.Done, account),
            BeginSignIn => BeginningSignIn(account, now),
            StartSession start => Starting(account, start, now),
            RefreshSession refresh => Refreshing(account, refresh, now),
            EndSession end => Ending(account, end),
            EndAllSessions => account.Sessions.Count == 0
                ? new(AccountVerdict.Done, account)
                : Change(account with { Sessions = [] }, AccountNews.SignedOutEverywhere),
            ChangePassword change => Change(
                account with { PasswordHash = change.PasswordHash, Sessions = [], FailedAttempts = 0, LockedUntil = null },
                AccountNews.PasswordChanged),
            SetRoles set => SettingRoles(account, set),
            SetCustomerGroup set => set.Group == account.CustomerGroup
                ? new(AccountVerdict.Done, account)
                : Change(account with { CustomerGroup = set.Group }, AccountNews.CustomerGroupChanged),
            RequestTicket request => Tickets.Request(account, request.Issued, now),
            VerifyEmail verify => Tickets.Verify(account, verify.TicketHash, now),
            ResetPassword reset => Tickets.Reset(account, reset, now),
            PutAddress put => PuttingAddress(account, put.Address),
            RemoveAddress remove => account.Addresses.All(address => address.Id != remove.AddressId)
                ? new(AccountVerdict.Done, account)
                : Change(account with { Addresses = [.. account.Addresses.Where(address => address.Id != remove.AddressId)] }),
            PutApiKey put => PuttingApiKey(account, put, now),
            RemoveApiKey remove => account.ApiKeys.All(key => key.Id != remove.KeyId)
                ? new(AccountVerdict.Done, account)
                : Change(account with { ApiKeys = [.. account.ApiKeys.Where(key => key.Id != remove.KeyId)] }),
            Erase => Change(Emptied(account), AccountNews.Erased),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "No such command."),
        };
    }

    private static AccountDecision Registering(string id, Account? account, Register register, DateTimeOffset now)
    {
        if (account is null)
        {
            var made = new Account(id, register.Email, register.DisplayName, register.PasswordHash, register.Key, now);
            if (register.Verification is { } sent)
                made = made with { Tickets = [Tickets.Kept(sent, now)] };
            return new(AccountVerdict.Done, made, Changed: true, AccountNews.Registered) { Sent = register.Verification };
        }

        return account.Status is AccountStatus.Active && account.RegistrationKey == register.Key
            ? new(AccountVerdict.Done, account)
            : new(AccountVerdict.EmailTaken, null);
    }

    private static AccountDecision BeginningSignIn(Account account, DateTimeOffset now)
    {
        if (account.LockedUntil > now)
            return new(AccountVerdict.Locked, account);
        var attempts = account.FailedAttempts + 1;
        if (attempts <= Lockout.FreeAttempts)
            return Change(account with { FailedAttempts = attempts, LockedUntil = null });

        // This attempt is still looked at; the next one waits.
        return Change(
            account with { FailedAttempts = attempts, LockedUntil = now + Lockout.Pause(attempts) },
            attempts == Lockout.FreeAttempts + 1 ? AccountNews.LockedOut : null);
    }

    private static AccountDecision Starting(Account account, StartSession start, DateTimeOffset now)
    {
        if (account.Sessions.Any(session => session.Id == start.SessionId))
            return new(AccountVerdict.Done, account);
        var begun = new Session(start.SessionId, start.ClientId, now, now, start.ExpiresAt);
        var others = account.Sessions.Where(session => session.ExpiresAt > now)
            .OrderByDescending(session => session.RefreshedAt)
            .Take(Account.MostSessions - 1);
        return Change(account with { Sessions = [begun, .. others], FailedAttempts = 0, LockedUntil = null });
    }

    private static AccountDecision Refreshing(Account account, RefreshSession refresh, DateTimeOffset now) =>
        account.HasSession(refresh.SessionId, now)
            ? Change(account with
            {
                Sessions =
                [
                    .. account.Sessions.Select(session => session.Id == refresh.SessionId
                        ? session with { RefreshedAt = now, ExpiresAt = refresh.ExpiresAt }
                        : session),
                ],
            })
            : new(AccountVerdict.NoSession, account);

    private static AccountDecision Ending(Account account, EndSession end)
    {
        Session[] left = [.. account.Sessions.Where(session => session.Id != end.SessionId)];
        return left.Length == account.Sessions.Count
            ? new(AccountVerdict.NoSession, account)
            : Change(account with { Sessions = left });
    }

    private static AccountDecision SettingRoles(Account account, SetRoles set)
    {
        string[] roles = [.. set.Roles.Append(Account.CustomerRole).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return roles.SequenceEqual(account.Roles.Order(StringComparer.Ordinal))
            ? new(AccountVerdict.Done, account)
            : Change(account with { Roles = roles }, AccountNews.RolesChanged);
    }

    private static AccountDecision PuttingAddress(Account account, AddressEntry address)
    {
        if (account.Addresses.Contains(address))
            return new(AccountVerdict.Done, account);
        AddressEntry[] others = [.. account.Addresses.Where(other => other.Id != address.Id)];
        return others.Length >= Account.MostAddresses
            ? new(AccountVerdict.BookFull, account)
            : Change(account with { Addresses = [.. others, address] });
    }

    private static AccountDecision PuttingApiKey(Account account, PutApiKey put, DateTimeOffset now)
    {
        string[] roles = [.. put.Roles.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (account.ApiKeys.FirstOrDefault(key => key.Id == put.KeyId) is { } known)
        {
            return known.Roles.SequenceEqual(roles) && known.ExpiresAt == put.ExpiresAt
                ? new(AccountVerdict.Done, account)
                : new(AccountVerdict.KeyDiffers, account);
        }

        ApiKey[] alive = [.. account.ApiKeys.Where(key => key.ExpiresAt > now)];
        return alive.Length >= Account.MostApiKeys
            ? new(AccountVerdict.TooManyKeys, account)
            : Change(account with { ApiKeys = [.. alive, new ApiKey(put.KeyId, roles, now, put.ExpiresAt)] });
    }

    private static Account Emptied(Account account) => new(account.Id, "", "", "", "", account.CreatedAt)
    {
        Status = AccountStatus.Erased,
        Roles = [],
        Version = account.Version,
    };

    /// <summary>An account after a change.</summary>
    internal static AccountDecision Change(Account account, AccountNews? news = null) =>
        new(AccountVerdict.Done, account with { Version = account.Version + 1 }, Changed: true, news);
}
