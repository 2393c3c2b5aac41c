using System.Text;
using System.Text.Json;
using CsCheck;
using NexusCart.Sidecar.Json;

namespace NexusCart.Tests.Sidecar.Json;

public sealed class GoJsonTests
{
    [Theory]
    [InlineData("""{"b" : 1, "a": [ true, null, "x" ], "b": 2}""", """{"a":[true,null,"x"],"b":2}""")]
    [InlineData("\"<a href='x'>&\u2028ä漢\\u00e4\\n\\u0001\\ud83d\\ude00\"", "\"\\u003ca href='x'\\u003e\\u0026\\u2028ä漢ä\\n\\u0001😀\"")]
    [InlineData("9007199254740993", "9007199254740992")]
    [InlineData("12345678901234567890123", "1.2345678901234568e+22")]
    [InlineData("1e23", "1e+23")]
    [InlineData("1e20", "100000000000000000000")]
    [InlineData("0.000001", "0.000001")]
    [InlineData("0.0000001", "1e-7")]
    [InlineData("-0.00012345", "-0.00012345")]
    [InlineData("1.50", "1.5")]
    [InlineData("-0", "-0")]
    [InlineData("100", "100")]
    [InlineData("1 trailing", "1")]
    public void Writes_what_go_writes(string source, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(GoJson.Write(GoJson.Parse(Encoding.UTF8.GetBytes(source)))));

    [Theory]
    [InlineData("")]
    [InlineData("[{\"key\":")]
    [InlineData("nope")]
    public void Refuses_what_is_no_json(string source) =>
        Assert.ThrowsAny<JsonException>(() => GoJson.Parse(Encoding.UTF8.GetBytes(source)));

    [Fact]
    public void A_number_that_no_double_holds_is_refused() =>
        Assert.Throws<JsonException>(() => GoJson.Write(GoJson.Parse("1e400"u8)));

    [Fact]
    public void Numbers_survive() => Gen.Double.Where(double.IsFinite).Sample(
        number => double.Parse(GoJson.Format(number), System.Globalization.CultureInfo.InvariantCulture) == number);
}
