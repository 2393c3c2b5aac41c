using NexusCart.Users.Domain;

namespace NexusCart.Tests.Unit.Users;

/// <summary>What addresses and passwords have to look like.</summary>
public sealed class CredentialsTests
{
    [Theory]
    [InlineData("jane@example.com")]
    [InlineData("j@b.co")]
    [InlineData("jane.doe+shop@mail.example.com")]
    [InlineData("jörg@müller.example")]
    public void Addresses_are_taken(string email) => Assert.Null(Credentials.FaultOfEmail(email));

    [Theory]
    [InlineData("")]
    [InlineData("jane")]
    [InlineData("@example.com")]
    [InlineData("jane@")]
    [InlineData("jane@example")]
    [InlineData("jane@.example")]
    [InlineData("jane@example.")]
    [InlineData("a@b@c.example")]
    [InlineData("jane doe@example.com")]
    [InlineData("jane@example.com\r\nBcc: x@example.com")]
    [InlineData("Jane <jane@example.com>")]
    public void Others_are_refused(string email) => Assert.NotNull(Credentials.FaultOfEmail(email));

    [Theory]
    [InlineData("correct horse", true)]
    [InlineData("twelve chars", true)]
    [InlineData("eleven char", false)]
    [InlineData("aaaaaaaaaaaaaaaa", false)]
    [InlineData("abababababababab", false)]
    [InlineData("JANE@example.com", false)]
    public void Passwords_are_long_and_not_one_letter(string password, bool fine) =>
        Assert.Equal(fine, Credentials.FaultOfPassword(password, "jane@example.com") is null);

    [Fact]
    public void Passwords_end_somewhere() => Assert.NotNull(Credentials.FaultOfPassword(new string('a', 60) + "bcdef" + new string('x', 64), "j@b.co"));

    [Fact]
    public void Capitals_and_blanks_around_make_no_other_address() =>
        Assert.Equal(Credentials.Normalise("jane@example.com"), Credentials.Normalise(" Jane@EXAMPLE.com "));
}
