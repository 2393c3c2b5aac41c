using System.Text.Json;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>Who buys is written to, whatever mails go out by.</summary>
public abstract class MailTests(ShopFixture fixture) : ShopTests(fixture)
{
    [Fact]
    public async Task Who_buys_is_written_to()
    {
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var order = await BuyAsync(buyer);
        await EventuallyAsync("the mail", 30, () => Fixture.Shop.Mails.Any(mail => mail.Contains($"Your order {order} is paid", StringComparison.Ordinal)));
        Assert.Contains(Fixture.Shop.Mails, mail => mail.Contains($"Your order {order} is paid", StringComparison.Ordinal) && mail.Contains("buyer@example.com", StringComparison.Ordinal));
    }

    /// <summary>Buys something.</summary>
    /// <returns>The order's id.</returns>
    protected async Task<string> BuyAsync(Shopper buyer)
    {
        var sku = await Fixture.ProductAsync(units: 1);
        var order = await buyer.CheckoutAsync(await buyer.CartAsync(sku), $"mail-{sku}", wait: 20);
        Assert.True(order.Status == 200, order.ToString());
        return order.Json.GetProperty("orderId").GetString()!;
    }
}

/// <summary>What cannot be done waits where staff see it.</summary>
[Collection(EmbeddedShop.Name)]
public sealed class DeadLetterTests(EmbeddedShop shop) : MailTests(shop)
{
    [Fact]
    public async Task An_event_that_could_not_be_handled_is_in_the_view_and_handled_by_a_replay_once_the_cause_is_gone()
    {
        var staff = await Shopper.StaffAsync(Fixture.Shop, "dead-letters.write");
        var folder = Fixture.Shop.MailFolder;
        // Whatever is on its way would make the folder anew.
        var first = await BuyAsync(await Shopper.GuestAsync(Fixture.Shop));
        await EventuallyAsync("the mails before", 90, () => Fixture.Shop.Mails.Count(mail => mail.Contains(first, StringComparison.Ordinal)) == 2);

        // No mail can be written: a file stands where the folder was.
        Directory.Move(folder, folder + "-kept");
        await File.WriteAllTextAsync(folder, "in the way");
        string order;
        List<JsonElement> letters = [];
        try
        {
            order = await BuyAsync(await Shopper.GuestAsync(Fixture.Shop));
            await EventuallyAsync("the dead letters", 120, async () =>
            {
                var list = await staff.SendAsync(HttpMethod.Get, "/v1/staff/dead-letters?topic=orders&status=DEAD_LETTER_STATUS_OPEN&pageSize=100");
                letters = [.. list.Json.GetProperty("deadLetters").EnumerateArray().Where(letter => letter.GetProperty("subject").GetString() == order)];
                return letters.Count == 2;
            });
        }
        finally
        {
            File.Delete(folder);
            Directory.Move(folder + "-kept", folder);
        }

        Assert.Equal(["order.paid.v1", "order.placed.v1"], letters.Select(letter => letter.GetProperty("eventType").GetString()).Order());
        Assert.DoesNotContain(Fixture.Shop.Mails, mail => mail.Contains(order, StringComparison.Ordinal));
        foreach (var letter in letters)
        {
            var replayed = await staff.SendAsync(HttpMethod.Post, $"/v1/staff/dead-letters/{letter.GetProperty("deadLetterId").GetString()}/replays", new { });
            Assert.True(replayed.Status == 200, replayed.ToString());
        }

        await EventuallyAsync("both mails", 30, () => Fixture.Shop.Mails.Count(mail => mail.Contains(order, StringComparison.Ordinal)) == 2);
    }
}
