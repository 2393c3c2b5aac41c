using NexusCart.Users.Domain;

namespace NexusCart.Tests.Unit.Users;

/// <summary>What commands do to an account.</summary>
public sealed class AccountMachineTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Account Jane = new("u1", "jane@example.com", "Jane", "hash", "key-1", Now);

    [Fact]
    public void The_first_registration_of_an_id_wins_and_its_repetition_gets_the_same()
    {
        var first = AccountMachine.Decide("u1", null, new Register("jane@example.com", "Jane", "hash", "key-1"), Now);
        Assert.Equal((AccountVerdict.Done, AccountNews.Registered), (first.Verdict, first.News));
        var again = AccountMachine.Decide("u1", first.Account, new Register("jane@example.com", "Jane", "other salt", "key-1"), Now);
        Assert.Equal((AccountVerdict.Done, false, "hash"), (again.Verdict, again.Changed, again.Account!.PasswordHash));
        var other = AccountMachine.Decide("u1", first.Account, new Register("jane@example.com", "Mallory", "hash 2", "key-2"), Now);
        Assert.Equal((AccountVerdict.EmailTaken, (Account?)null), (other.Verdict, other.Account));
    }

    [Fact]
    public void Attempts_count_before_the_password_is_looked_at_and_lock_with_growing_pauses()
    {
        var (account, now) = (Jane, Now);
        for (var attempt = 1; attempt <= Lockout.FreeAttempts; attempt++)
            account = Try(account, now);
        Assert.Null(account.LockedUntil);

        account = Try(account, now);
        Assert.Equal(now.AddMinutes(1), account.LockedUntil);
        Assert.Equal(AccountVerdict.Locked, AccountMachine.Decide("u1", account, new BeginSignIn(), now.AddSeconds(59)).Verdict);

        now = now.AddMinutes(1);
        account = Try(account, now);
        Assert.Equal(now.AddMinutes(2), account.LockedUntil);
    }

    [Fact]
    public void The_lock_is_told_once()
    {
        var account = Jane with { FailedAttempts = Lockout.FreeAttempts };
        var locked = AccountMachine.Decide("u1", account, new BeginSignIn(), Now);
        Assert.Equal(AccountNews.LockedOut, locked.News);
        Assert.Null(AccountMachine.Decide("u1", locked.Account, new BeginSignIn(), Now.AddHours(2)).News);
    }

    [Fact]
    public void A_right_password_takes_the_count_back()
    {
        var account = Do(Jane with { FailedAttempts = 6, LockedUntil = Now.AddMinutes(1) }, new StartSession("s1", "storefront", Now.AddDays(1)));
        Assert.Equal((0, null, 1), (account.FailedAttempts, account.LockedUntil, account.Sessions.Count));
    }

    [Theory]
    [InlineData(6, 1)]
    [InlineData(7, 2)]
    [InlineData(11, 32)]
    [InlineData(12, 60)]
    [InlineData(1_000_000, 60)]
    public void Pauses_double_up_to_an_hour(int attempts, int minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), Lockout.Pause(attempts));

    [Fact]
    public void Only_living_sessions_are_refreshed()
    {
        var account = Do(Jane, new StartSession("s1", "storefront", Now.AddDays(1)));
        Assert.Equal(Now.AddDays(9), Do(account, new RefreshSession("s1", Now.AddDays(9))).Sessions.Single().ExpiresAt);
        Assert.Equal(AccountVerdict.NoSession, AccountMachine.Decide("u1", account, new RefreshSession("s2", Now.AddDays(9)), Now).Verdict);
        Assert.Equal(AccountVerdict.NoSession, AccountMachine.Decide("u1", account, new RefreshSession("s1", Now.AddDays(9)), Now.AddDays(1)).Verdict);
        foreach (AccountCommand end in new AccountCommand[] { new EndSession("s1"), new EndAllSessions(), new ChangePassword("hash 2") })
            Assert.Equal(AccountVerdict.NoSession, AccountMachine.Decide("u1", Do(account, end), new RefreshSession("s1", Now.AddDays(9)), Now).Verdict);
    }

    [Fact]
    public void A_session_too_many_ends_the_one_refreshed_longest_ago()
    {
        var account = Jane;
        for (var i = 0; i <= Account.MostSessions; i++)
            account = AccountMachine.Decide("u1", account, new StartSession($"s{i}", "storefront", Now.AddDays(1)), Now.AddMinutes(i)).Account!;
        Assert.Equal(Account.MostSessions, account.Sessions.Count);
        Assert.False(account.HasSession("s0", Now.AddHours(1)));
        Assert.True(account.HasSession("s1", Now.AddHours(1)));
    }

    [Fact]
    public void An_erased_account_holds_nothing_and_takes_nothing()
    {
        var erased = AccountMachine.Decide("u1", Do(Jane, new StartSession("s1", "storefront", Now.AddDays(1))), new Erase(), Now);
        Assert.Equal(AccountNews.Erased, erased.News);
        var left = erased.Account!;
        Assert.Equal(("u1", "", "", "", ""), (left.Id, left.Email, left.DisplayName, left.PasswordHash, left.RegistrationKey));
        Assert.Empty(left.Sessions);
        Assert.Equal(AccountVerdict.NotFound, AccountMachine.Decide("u1", left, new ReadAccount(), Now).Verdict);
        Assert.Equal(AccountVerdict.EmailTaken, AccountMachine.Decide("u1", left, new Register("a@b.example", "J", "h", ""), Now).Verdict);
        Assert.Equal(AccountVerdict.Done, AccountMachine.Decide("u1", left, new Erase(), Now).Verdict);
    }

    [Fact]
    public void Every_change_has_a_version_of_its_own()
    {
        var once = Do(Jane, new SetRoles(["catalog.write"]));
        Assert.Equal(Jane.Version + 1, once.Version);
        Assert.Equal(["catalog.write", "customer"], once.Roles);
        Assert.False(AccountMachine.Decide("u1", once, new SetRoles(["catalog.write"]), Now).Changed);
    }

    [Fact]
    public void A_customer_group_is_set_once_told_once_and_taken_away_by_an_empty_one()
    {
        var decision = AccountMachine.Decide("u1", Jane, new SetCustomerGroup("wholesale"), Now);
        Assert.Equal(AccountNews.CustomerGroupChanged, decision.News);
        Assert.Equal("wholesale", decision.Account!.CustomerGroup);
        Assert.False(AccountMachine.Decide("u1", decision.Account, new SetCustomerGroup("wholesale"), Now).Changed);
        Assert.Equal("", Do(decision.Account, new SetCustomerGroup("")).CustomerGroup);
    }

    private static Account Do(Account account, AccountCommand command) => AccountMachine.Decide("u1", account, command, Now).Account!;

    private static Account Try(Account account, DateTimeOffset now)
    {
        var decision = AccountMachine.Decide("u1", account, new BeginSignIn(), now);
        Assert.Equal(AccountVerdict.Done, decision.Verdict);
        return decision.Account!;
    }
}
