using NexusCart.Users.Api;
using NexusCart.Users.Domain;

namespace NexusCart.Tests.Unit.Users;

/// <summary>What is sent by mail is good once, for one thing and not for long.</summary>
public sealed class TicketTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Account Jane = new("u1", "jane@example.com", "Jane", "hash", "key-1", Now);

    [Fact]
    public void A_ticket_is_taken_once_and_within_its_time()
    {
        var issued = TicketText.New("u1", TicketPurpose.EmailVerification, Now);
        var asked = Decide(Jane, new RequestTicket(issued), Now);
        Assert.Equal(issued, asked.Sent);
        Assert.True(TicketText.TryParse(issued.Text, out var userId, out var hash));
        Assert.Equal(("u1", issued.Hash), (userId, hash));

        Assert.Equal(AccountVerdict.BadTicket, Decide(asked.Account!, new VerifyEmail(hash), Now + Tickets.VerificationLifetime).Verdict);
        var verified = Decide(asked.Account!, new VerifyEmail(hash), Now.AddDays(1));
        Assert.True(verified.Account!.EmailVerified);
        Assert.Equal(AccountVerdict.BadTicket, Decide(verified.Account, new VerifyEmail(hash), Now.AddDays(1)).Verdict);
    }

    [Fact]
    public void Asking_again_at_once_sends_nothing_and_later_makes_the_first_worthless()
    {
        var first = TicketText.New("u1", TicketPurpose.PasswordReset, Now);
        var account = Decide(Jane, new RequestTicket(first), Now).Account!;
        Assert.Null(Decide(account, new RequestTicket(TicketText.New("u1", TicketPurpose.PasswordReset, Now)), Now.AddSeconds(59)).Sent);

        var second = TicketText.New("u1", TicketPurpose.PasswordReset, Now.AddMinutes(1));
        account = Decide(account, new RequestTicket(second), Now.AddMinutes(1)).Account!;
        Assert.Equal(AccountVerdict.BadTicket, Decide(account, new ResetPassword(first.Hash, "hash 2"), Now.AddMinutes(2)).Verdict);
        var reset = Decide(account, new ResetPassword(second.Hash, "hash 2"), Now.AddMinutes(2));
        Assert.Equal((AccountNews.PasswordChanged, "hash 2"), (reset.News, reset.Account!.PasswordHash));
        Assert.Empty(reset.Account.Tickets);
    }

    [Fact]
    public void What_is_kept_of_a_ticket_is_not_the_ticket()
    {
        var issued = TicketText.New("u1", TicketPurpose.PasswordReset, Now);
        var kept = Assert.Single(Decide(Jane, new RequestTicket(issued), Now).Account!.Tickets);
        Assert.DoesNotContain(issued.Text.Split('.')[1], kept.ToString());
    }

    [Fact]
    public void The_address_book_has_an_end()
    {
        var account = Jane;
        for (var i = 0; i < Account.MostAddresses; i++)
            account = Decide(account, new PutAddress(Address($"a{i}")), Now).Account!;
        Assert.Equal(AccountVerdict.BookFull, Decide(account, new PutAddress(Address("one-more")), Now).Verdict);
        Assert.Equal(AccountVerdict.Done, Decide(account, new PutAddress(Address("a7") with { City = "Bremen" }), Now).Verdict);
        Assert.False(Decide(account, new PutAddress(Address("a7")), Now).Changed);
    }

    private static AddressEntry Address(string id) => new(id, "Jane", "1 Harbour Street", "", "20457", "Hamburg", "", "DE");

    private static AccountDecision Decide(Account account, AccountCommand command, DateTimeOffset now) =>
        AccountMachine.Decide("u1", account, command, now);
}
