using CsCheck;
using NexusCart.Notifications.Domain;
using NexusCart.Notifications.Mail;

namespace NexusCart.Tests.Unit.Notifications;

public class MailTemplateTests
{
    private static readonly Dictionary<string, string> Facts = new()
    {
        ["order"] = "o-1", ["total"] = "25.98 EUR", ["link"] = "https://shop.example/orders/o-1?a=1&b=2", ["name"] = "<b>Ann</b>",
        ["until"] = "2025-01-01 10:00", ["reason"] = "out of stock", ["amount"] = "5.00 EUR", ["carrier"] = "Post", ["tracking"] = "T1",
        ["requested"] = "r-1", ["approved"] = "r-2", ["rejected"] = "r-3", ["received"] = "r-4", ["completed"] = "r-5", ["expired"] = "r-6", ["decision"] = "fine",
        ["claim"] = "https://shop.example/orders/o-1/claim?token=1.a&b",
    };

    public static TheoryData<string, MailKind> Templates => [.. from locale in TemplateShelf.Locales from kind in Enum.GetValues<MailKind>() select (locale, kind)];

    [Theory]
    [MemberData(nameof(Templates))]
    public void Every_template_of_every_language_says_what_it_is_given_in_both_forms(string locale, MailKind kind)
    {
        var template = new TemplateShelf(locale)[kind];
        var mail = template.Render(Facts, [new MailLine("Shoes & laces", 2, "25.98 EUR")]);
        Assert.All(template.Facts.Where(fact => fact != "lines"), fact =>
        {
            Assert.True(Facts.ContainsKey(fact), $"{fact} is given by nobody.");
            Assert.Contains(Facts[fact], mail.Subject + mail.Text);
            Assert.Contains(System.Net.WebUtility.HtmlEncode(Facts[fact]), mail.Html);
        });
        Assert.DoesNotContain("{{", mail.Subject + mail.Text + mail.Html);
        Assert.DoesNotContain("<b>", mail.Html);
        Assert.Equal(template.Facts.Contains("lines"), mail.Text.Contains("2 x Shoes & laces: 25.98 EUR"));
        Assert.Equal(template.Facts.Contains("lines"), mail.Html.Contains("Shoes &amp; laces"));
    }

    [Fact]
    public void Languages_say_the_same_facts_and_there_are_two()
    {
        Assert.Equal(["de", "en"], TemplateShelf.Locales.Order());
        Assert.All(Enum.GetValues<MailKind>(), kind =>
            Assert.Equal(new TemplateShelf("en")[kind].Facts.Order(), new TemplateShelf("de")[kind].Facts.Order()));
        Assert.Throws<InvalidOperationException>(() => new TemplateShelf("xx"));
    }

    [Fact]
    public void A_paragraph_about_nothing_is_left_out()
    {
        var mail = new TemplateShelf("en")[MailKind.OrderShipped].Render(new Dictionary<string, string> { ["order"] = "o-1", ["link"] = "l" }, []);
        Assert.DoesNotContain("Carrier", mail.Text);
        Assert.DoesNotContain("Tracking", mail.Html);
    }

    [Fact]
    public void Whatever_a_fact_holds_is_text_on_the_page_and_one_line_in_the_subject() => Gen.String.Sample(value =>
    {
        var mail = new MailTemplate("Subject: About {{name}}\n\nHello {{name}}.\n\n-> {{name}} Words {{name}}\n")
            .Render(new Dictionary<string, string> { ["name"] = value + "\r\nBcc: x<script>" }, []);
        Assert.DoesNotContain(mail.Subject, char.IsControl);
        Assert.DoesNotContain("<script", mail.Html);
    });

    [Theory]
    [InlineData("")]
    [InlineData("Subject: only")]
    [InlineData("Hello\n\nyou")]
    public void A_template_without_subject_and_text_is_none(string source) => Assert.Throws<FormatException>(() => new MailTemplate(source));
}
