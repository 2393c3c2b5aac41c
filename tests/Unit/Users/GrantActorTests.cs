using Microsoft.Extensions.Time.Testing;
using NexusCart.Tests.Unit.Actors;
using NexusCart.Users;
using NexusCart.Users.Actors;
using NexusCart.Users.Domain;

namespace NexusCart.Tests.Unit.Users;

/// <summary>A grant and its family of tokens.</summary>
public sealed class GrantActorTests
{
    private const string Refresh = "urn:ietf:params:oauth:token-type:refresh_token";
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly UsersOptions _options = new();
    private readonly ActorHarness<GrantActor> _harness;

    public GrantActorTests() => _harness = new(host => new GrantActor(host, _options, _time), "g1", UsersJson.Default);

    [Fact]
    public async Task The_second_use_of_a_token_ends_the_family_whatever_is_added_meanwhile()
    {
        var grant = _harness.Activate();
        await grant.OpenAsync(new AuthorizationRecord { Status = "valid", Subject = "u1" });
        var first = await AddAsync(grant);
        Assert.True(await grant.RedeemAsync(0));
        var second = await AddAsync(grant);
        Assert.Equal(("g1.0", "g1.1"), (first.Id, second.Id));

        Assert.False(await grant.RedeemAsync(0));
        var late = await AddAsync(grant);
        Assert.Equal("revoked", late.Status);
        grant = _harness.Activate();
        Assert.False(await grant.RedeemAsync(1));
        Assert.False(await grant.RedeemAsync(2));
        var all = await grant.ReadAllAsync();
        Assert.Equal("revoked", all.Authorization!.Status);
        Assert.Equal(["redeemed", "revoked", "revoked"], all.Tokens.Select(token => token.Status));
    }

    [Fact]
    public async Task A_lost_answer_may_be_asked_for_again_within_the_leeway()
    {
        _options.RefreshReuseLeeway = TimeSpan.FromSeconds(10);
        var grant = _harness.Activate();
        await AddAsync(grant);
        Assert.True(await grant.RedeemAsync(0));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.True(await grant.RedeemAsync(0));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await grant.RedeemAsync(0));
    }

    [Fact]
    public async Task A_writer_must_have_seen_the_last_version()
    {
        var grant = _harness.Activate();
        var token = await AddAsync(grant);
        Assert.True(await grant.UpdateTokenAsync(token with { Payload = "a" }));
        Assert.False(await grant.UpdateTokenAsync(token with { Payload = "b" }));
    }

    [Fact]
    public async Task Tokens_out_of_date_are_forgotten_and_in_the_end_the_grant()
    {
        var grant = _harness.Activate();
        for (var i = 0; i < 5; i++)
        {
            await AddAsync(grant, TimeSpan.FromMinutes(10));
            _time.Advance(TimeSpan.FromMinutes(30));
        }

        Assert.Single((await grant.ReadAllAsync()).Tokens);
        _time.Advance(TimeSpan.FromDays(1));
        await grant.ReceiveReminderAsync("expire", [], TimeSpan.Zero, TimeSpan.Zero);
        Assert.Empty((await _harness.Activate().ReadAllAsync()).Tokens);
        Assert.Empty(_harness.Timers.Reminders);
    }

    [Fact]
    public async Task A_living_grant_outlasts_its_reminder()
    {
        var grant = _harness.Activate();
        await AddAsync(grant);
        _time.Advance(TimeSpan.FromDays(7));
        await AddAsync(grant);
        _time.Advance(TimeSpan.FromDays(8));
        await grant.ReceiveReminderAsync("expire", [], TimeSpan.Zero, TimeSpan.Zero);
        Assert.NotEmpty((await grant.ReadAllAsync()).Tokens);
        Assert.NotEmpty(_harness.Timers.Reminders);
    }

    [Theory]
    [InlineData("0192af.3", true)]
    [InlineData("0192af.", false)]
    [InlineData(".3", false)]
    [InlineData("0192af", false)]
    [InlineData("../x.3", false)]
    [InlineData("0192af.-1", false)]
    [InlineData(null, false)]
    public void Ids_of_tokens_are_taken_apart_with_care(string? id, bool fine) =>
        Assert.Equal(fine, GrantActor.TryParseTokenId(id, out _, out _));

    private Task<TokenRecord> AddAsync(GrantActor grant, TimeSpan? lifetime = null) => grant.AddTokenAsync(new TokenRecord
    {
        Status = "valid",
        Type = Refresh,
        ExpirationDate = _time.GetUtcNow() + (lifetime ?? TimeSpan.FromDays(14)),
    });
}
