using NexusCart.Sandbox;
using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;
using Stripe;
using File = System.IO.File;
using static NexusCart.Tests.Unit.Sandbox.Requests;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>What survives a restart.</summary>
public sealed class JournalTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task Payments_keys_and_undelivered_events_survive_a_restart()
    {
        var nobody = new Uri("http://127.0.0.1:9/hook");
        await sandbox.ControlAsync("webhooks/endpoints", new { urls = new[] { nobody } });
        var (key, payment) = (NewId(), NewId());
        var options = Authorize("pm_card_visa", 1_000, payment);
        var held = await sandbox.Intents.CreateAsync(options, Key(key));
        var declined = Authorize("pm_card_visa_chargeDeclined");
        await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(declined, Key(key + "-declined")));

        await sandbox.RestartAsync();

        Assert.Equal("requires_capture", (await sandbox.Intents.GetAsync(held.Id)).Status);
        Assert.Equal(held.Id, (await sandbox.Intents.CreateAsync(options, Key(key))).Id);
        var replayed = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(declined, Key(key + "-declined")));
        Assert.Equal("generic_decline", replayed.StripeError.DeclineCode);
        Assert.Equal(1, (await sandbox.EffectsAsync(payment)).GetProperty("authorizations").GetInt32());
        Assert.Equal("succeeded", (await sandbox.Intents.CaptureAsync(held.Id)).Status);
        var events = await sandbox.Events.ListAsync(new() { DeliverySuccess = false, Limit = 100 });
        Assert.Contains(events, e => e.Type == "payment_intent.amount_capturable_updated");
    }

    [Fact]
    public async Task A_hold_left_alone_for_a_week_is_released()
    {
        var held = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa"));
        await sandbox.ControlAsync("clock", new { advance_seconds = 7 * 24 * 3_600 + 1 });
        var released = await sandbox.Intents.GetAsync(held.Id);
        Assert.Equal(("canceled", "automatic"), (released.Status, released.CancellationReason));
    }

    [Fact]
    public void A_torn_last_line_is_cut_off_and_old_answers_are_folded_away()
    {
        using var folder = new TemporaryFolder();
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        var options = new SandboxOptions { DataDirectory = folder.Path };
        using (var ledger = new Ledger(options, time))
        {
            ledger.Execute(transaction => Create(transaction, "pi_1"), new("req_1", "key-1", "print"));
        }

        File.AppendAllText(Path.Combine(folder.Path, "journal.jsonl"), "{\"at\":\"20");
        using (var ledger = new Ledger(options, time))
        {
            Assert.NotNull(ledger.Read(state => state.FindAnswer("key-1", time.GetUtcNow())));
            ledger.Execute(transaction => Create(transaction, "pi_2"), new("req_2"));
        }

        time.Advance(TimeSpan.FromHours(25));
        using (var ledger = new Ledger(options, time))
        {
            Assert.Equal(["pi_1", "pi_2"], ledger.Read(state => state.IntentOrder.ToArray()));
            Assert.Null(ledger.Read(state => state.FindAnswer("key-1", time.GetUtcNow())));
            Assert.Empty(ledger.Read(state => state.Events.Values.ToArray()));
        }

        Assert.Equal(2, File.ReadAllLines(Path.Combine(folder.Path, "journal.jsonl")).Length);
    }

    [Fact]
    public void A_damaged_journal_is_reported_with_its_line()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "journal.jsonl"), "{\"at\":\"2026-01-01T00:00:00Z\"}\nrubbish\n");
        var failure = Assert.Throws<InvalidDataException>(() => new Ledger(new() { DataDirectory = folder.Path }, TimeProvider.System));
        Assert.Contains("line 2", failure.Message);
    }

    private static Answer Create(LedgerTransaction transaction, string id)
    {
        var intent = new NexusCart.Sandbox.Intents.PaymentIntent { Id = id, Amount = 100, Currency = "eur", ClientSecret = "s", Created = transaction.Now };
        transaction.Save(new Transition(intent, ["payment_intent.created"]));
        return Answer.Of(intent, expandCharge: false);
    }
}

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("nexuscart-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
