using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Platform.Security;

namespace NexusCart.Tests.Unit.Platform;

/// <summary>What is remembered of good tokens, and for how long.</summary>
public sealed class TokenCacheTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly TestKeys _keys = new();
    private readonly CountingHandler _inner;

    public TokenCacheTests() => _inner = new CountingHandler(Tokens.UserParameters(_keys.Jwks, _time));

    [Fact]
    public async Task A_signature_is_checked_once_and_the_identity_is_the_same_each_time()
    {
        var cache = new CachingTokenHandler(_inner, _time);
        var token = _keys.User("ann", ["catalog.write", "audit.read"]);
        var identities = new List<System.Security.Claims.ClaimsIdentity>();
        for (var i = 0; i < 4; i++)
        {
            var result = await JudgeAsync(cache, token);
            Assert.True(result.IsValid);
            Assert.True(result.ClaimsIdentity.IsAuthenticated);
            identities.Add(result.ClaimsIdentity);
        }

        Assert.Equal(1, _inner.Judged);
        Assert.Equal("ann", identities[1].Name);
        foreach (var identity in identities)
        {
            Assert.Equal(
                identities[0].Claims.Select(claim => (claim.Type, claim.Value, claim.ValueType, claim.Issuer)),
                identity.Claims.Select(claim => (claim.Type, claim.Value, claim.ValueType, claim.Issuer)));
            Assert.Equal((identities[0].NameClaimType, identities[0].RoleClaimType), (identity.NameClaimType, identity.RoleClaimType));
        }

        // From the third time on nothing is read again.
        Assert.Same(identities[2], identities[3]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task However_much_is_remembered_an_expired_token_is_refused(int times)
    {
        var cache = new CachingTokenHandler(_inner, _time);
        var token = _keys.User("ann", expires: _time.GetUtcNow().AddMinutes(1));
        for (var i = 0; i < times; i++)
            Assert.True((await JudgeAsync(cache, token)).IsValid);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.False((await JudgeAsync(cache, token)).IsValid);
    }

    [Fact]
    public async Task Refusals_are_not_remembered_and_no_token_passes_for_another()
    {
        var cache = new CachingTokenHandler(_inner, _time);
        var forged = new TestKeys().User("ann");
        Assert.True((await JudgeAsync(cache, _keys.User("ann"))).IsValid);
        Assert.False((await JudgeAsync(cache, forged)).IsValid);
        Assert.False((await JudgeAsync(cache, forged)).IsValid);
        Assert.Equal(3, _inner.Judged);
    }

    [Fact]
    public async Task More_customers_than_identities_fit_are_known_by_their_hashes()
    {
        var cache = new CachingTokenHandler(_inner, _time, identities: 4, hashes: 1_000);
        var tokens = Enumerable.Range(0, 100).Select(i => _keys.User($"customer-{i}")).ToList();
        foreach (var token in tokens)
            await JudgeAsync(cache, token);
        foreach (var (i, token) in tokens.Index())
            Assert.Equal($"customer-{i}", (await JudgeAsync(cache, token)).ClaimsIdentity.Name);
        Assert.Equal(100, _inner.Judged);
    }

    private static Task<TokenValidationResult> JudgeAsync(CachingTokenHandler cache, string token) => cache.ValidateTokenAsync(token, new TokenValidationParameters());

    private sealed class CountingHandler(TokenValidationParameters parameters) : TokenHandler
    {
        private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

        public int Judged { get; private set; }

        public override Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
        {
            Judged++;
            return _handler.ValidateTokenAsync(token, parameters);
        }

        public override SecurityToken ReadToken(string token) => _handler.ReadToken(token);
    }
}
