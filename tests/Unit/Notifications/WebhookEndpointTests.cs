using System.Security.Cryptography;
using System.Text;
using CsCheck;
using NexusCart.Notifications.Domain;

namespace NexusCart.Tests.Unit.Notifications;

public class WebhookEndpointTests
{
    private static readonly DateTimeOffset Now = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly WebhookSchedule Schedule = new(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10), MaxAttempts: 4, DisableAfter: 6);

    [Fact]
    public void An_event_is_delivered_once_however_often_it_comes()
    {
        var endpoint = New().Enqueue("e1", Now, out _);
        Assert.Same(endpoint, endpoint.Enqueue("e1", Now, out _));
        endpoint = endpoint.TakeDue(Now, out var first);
        Assert.Equal(["e1"], first);
        endpoint = endpoint.TakeDue(Now, out var second);
        Assert.Empty(second);
        endpoint = endpoint.Record(Answer("e1", 204), Schedule, Now);
        Assert.Same(endpoint, endpoint.Record(Answer("e1", 204), Schedule, Now));
        Assert.Equal(DeliveryStatus.Delivered, endpoint.Log.Single().Status);
        Assert.False(endpoint.HasWork);
        Assert.Same(endpoint, endpoint.Enqueue("e1", Now, out _));
    }

    [Fact]
    public void What_fails_is_tried_again_after_growing_pauses_and_given_up()
    {
        var endpoint = New().Enqueue("e1", Now, out _);
        var at = Now;
        foreach (var pause in (int[])[5, 10, 20])
        {
            endpoint = endpoint.TakeDue(at, out _).Record(Answer("e1", 500), Schedule, at);
            Assert.Equal(at.AddSeconds(pause), endpoint.Log[0].DueAt);
            Assert.Empty(Due(endpoint, endpoint.Log[0].DueAt.AddTicks(-1)));
            at = endpoint.Log[0].DueAt;
        }

        endpoint = endpoint.TakeDue(at, out _).Record(new AttemptResult("e1", 0, 12, "no connection"), Schedule, at);
        Assert.Equal((DeliveryStatus.Failed, 4), (endpoint.Log[0].Status, endpoint.FailuresInARow));
        Assert.True(endpoint.IsEnabled);
    }

    [Fact]
    public void An_endpoint_that_fails_too_often_is_disabled_says_why_and_goes_on_when_it_is_put_again()
    {
        var endpoint = New().Enqueue("e1", Now, out _).Enqueue("e2", Now, out _);
        var at = Now;
        while (endpoint.IsEnabled)
        {
            endpoint = endpoint.TakeDue(at, out var due);
            endpoint = due.Aggregate(endpoint, (next, id) => next.Record(Answer(id, 503), Schedule, at));
            at = at.AddMinutes(10);
        }

        Assert.Equal(6, endpoint.FailuresInARow);
        Assert.Equal("6 attempts in a row failed; the last: answered 503.", endpoint.DisabledReason);
        Assert.Empty(Due(endpoint, at.AddDays(1)));

        var enabled = WebhookEndpoint.Put(endpoint, endpoint.Url, endpoint.EventTypes, endpoint.Description, "whsec_ignored", at);
        Assert.Equal((true, 0), (enabled.IsEnabled, enabled.FailuresInARow));
        Assert.Equal(endpoint.Secrets, enabled.Secrets);
        Assert.Equal(["e1", "e2"], Due(enabled, at));
        Assert.Same(enabled, WebhookEndpoint.Put(enabled, enabled.Url, enabled.EventTypes, enabled.Description, "whsec_ignored", at));
    }

    [Fact]
    public void A_success_forgets_the_failures_and_a_receiver_that_is_gone_gets_no_more()
    {
        var endpoint = New().Enqueue("e1", Now, out _).Enqueue("e2", Now, out _).Enqueue("e3", Now, out _).TakeDue(Now, out _);
        endpoint = endpoint.Record(Answer("e1", 500), Schedule, Now).Record(Answer("e2", 200), Schedule, Now);
        Assert.Equal(0, endpoint.FailuresInARow);
        endpoint = endpoint.Record(Answer("e3", 410), Schedule, Now);
        Assert.Contains("410", endpoint.DisabledReason);
    }

    [Fact]
    public void An_attempt_that_never_came_back_is_made_again()
    {
        var endpoint = New().Enqueue("e1", Now, out _).TakeDue(Now, out _);
        Assert.Empty(Due(endpoint, Now + WebhookEndpoint.AttemptLifetime - TimeSpan.FromTicks(1)));
        Assert.Equal(["e1"], Due(endpoint, Now + WebhookEndpoint.AttemptLifetime));
    }

    [Fact]
    public void A_replay_begins_anew_once_per_key()
    {
        var endpoint = New().Enqueue("e1", Now, out _).TakeDue(Now, out _).Record(Answer("e1", 200), Schedule, Now);
        Assert.Null(endpoint.Replay("nothing", "k1", Now));
        var replayed = endpoint.Replay("e1", "k1", Now)!;
        Assert.Equal(["e1"], Due(replayed, Now));
        Assert.Same(replayed, replayed.Replay("e1", "k1", Now));
        // One that is on its way is not sent twice for it.
        Assert.Empty(Due(replayed.TakeDue(Now, out _).Replay("e1", "k2", Now)!, Now));
    }

    [Fact]
    public void The_log_is_bounded_and_lets_what_is_done_go_first()
    {
        var endpoint = New().Enqueue("pending", Now, out _);
        for (var i = 0; i < WebhookEndpoint.MaxLog - 1; i++)
            endpoint = endpoint.Enqueue($"e{i}", Now, out _);
        endpoint = endpoint with { Log = [.. endpoint.Log.Select(entry => entry.Id == "e7" ? entry with { Status = DeliveryStatus.Delivered } : entry)] };
        endpoint = endpoint.Enqueue("one more", Now, out var dropped);
        Assert.Equal(("e7", WebhookEndpoint.MaxLog), (dropped, endpoint.Log.Count));
        endpoint.Enqueue("and one more", Now, out dropped);
        Assert.Equal("pending", dropped);
    }

    [Fact]
    public void However_it_goes_nothing_is_on_its_way_twice_nor_too_much_at_once() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 9], Gen.Int[0, 40]).List[1, 120].Sample(steps =>
        {
            var endpoint = New();
            var at = Now;
            var flying = new Dictionary<string, DateTimeOffset>();
            foreach (var (what, which, seconds) in steps)
            {
                at = at.AddSeconds(seconds);
                var id = $"e{which}";
                if (what == 0)
                    endpoint = endpoint.Enqueue(id, at, out _);
                else if (what == 1 && flying.Remove(id))
                    endpoint = endpoint.Record(Answer(id, which % 2 == 0 ? 200 : 500), Schedule, at);
                else if (what == 2)
                    endpoint = endpoint.Replay(id, $"{seconds}", at) ?? endpoint;

                endpoint = endpoint.TakeDue(at, out var due);
                foreach (var taken in due)
                {
                    Assert.False(flying.TryGetValue(taken, out var until) && until > at, $"{taken} is on its way already.");
                    flying[taken] = at + WebhookEndpoint.AttemptLifetime;
                }

                Assert.True(flying.Values.Count(until => until > at) <= WebhookEndpoint.MaxInFlight);
            }
        });

    [Fact]
    public void Pauses_double_up_to_the_longest() => Gen.Int[1, 10_000].Sample(attempts =>
    {
        var pause = Schedule.PauseAfter(attempts);
        Assert.InRange(pause, Schedule.FirstPause, Schedule.LongestPause);
        Assert.True(Schedule.PauseAfter(attempts + 1) >= pause);
    });

    [Fact]
    public void A_rotated_secret_signs_beside_the_new_one_until_it_runs_out()
    {
        var endpoint = New().Rotate("k", "whsec_bmV3", TimeSpan.FromHours(1), Now);
        Assert.Same(endpoint, endpoint.Rotate("k", "whsec_b3RoZXI=", TimeSpan.FromHours(1), Now));
        Assert.Equal(["whsec_bmV3", Secret], endpoint.SecretsAt(Now));
        Assert.Equal(["whsec_bmV3"], endpoint.SecretsAt(Now.AddHours(1)));
        Assert.Equal(["whsec_bmV3"], New().Rotate("k", "whsec_bmV3", TimeSpan.Zero, Now).SecretsAt(Now));
    }

    /// <summary>The example of the specification's reference libraries.</summary>
    [Fact]
    public void A_signature_is_the_one_of_the_standard()
    {
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            WebhookSignature.Of(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}"));
        var two = WebhookSignature.Of([Secret, "whsec_bmV3"], "id", 1, "{}").Split(' ');
        var expected = HMACSHA256.HashData("new"u8.ToArray(), Encoding.UTF8.GetBytes("id.1.{}"));
        Assert.Equal("v1," + Convert.ToBase64String(expected), two[1]);
    }

    private const string Secret = "whsec_b2xk";

    private static WebhookEndpoint New() => WebhookEndpoint.Put(null, "https://example.com/", ["order.paid.v1"], "", Secret, Now);

    private static AttemptResult Answer(string id, int status) => new(id, status, 1, "");

    private static IReadOnlyList<string> Due(WebhookEndpoint endpoint, DateTimeOffset at)
    {
        endpoint.TakeDue(at, out var ids);
        return ids;
    }
}
