using System.Text.Json.Serialization;
using NexusCart.Promotions.Domain.FlashSales;

namespace NexusCart.Promotions.Actors;

/// <summary>A command to a sale; many travel in one call.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(OpenClaim), "open")]
[JsonDerivedType(typeof(HandOverClaim), "hand")]
[JsonDerivedType(typeof(SettleClaim), "settle")]
[JsonDerivedType(typeof(GiveUpClaim), "giveUp")]
[JsonDerivedType(typeof(ReadClaim), "claim")]
[JsonDerivedType(typeof(DraftSale), "draft")]
[JsonDerivedType(typeof(ScheduleSale), "schedule")]
[JsonDerivedType(typeof(EndSale), "end")]
[JsonDerivedType(typeof(ReadSale), "sale")]
public abstract record FlashSaleCommand;

/// <summary>Claims units; see <see cref="ClaimBook.Open"/>.</summary>
public sealed record OpenClaim(string Customer, string Key, int Quantity) : FlashSaleCommand;

/// <summary>An order takes a claim over; see <see cref="ClaimBook.HandOver"/>.</summary>
public sealed record HandOverClaim(int Number, string Order, string Customer) : FlashSaleCommand;

/// <summary>The order of a claim has ended; see <see cref="ClaimBook.Pay"/> and <see cref="ClaimBook.Fail"/>.</summary>
public sealed record SettleClaim(int Number, string Order, bool Paid) : FlashSaleCommand;

/// <summary>A customer gives his claim back; see <see cref="ClaimBook.GiveUp"/>.</summary>
public sealed record GiveUpClaim(int Number, string Customer) : FlashSaleCommand;

/// <summary>Asks for a customer's claim.</summary>
public sealed record ReadClaim(int Number, string Customer) : FlashSaleCommand;

/// <summary>Writes a sale down.</summary>
public sealed record DraftSale(FlashSaleTerms Terms) : FlashSaleCommand;

/// <summary>Sets its units aside and lets it start at its time.</summary>
public sealed record ScheduleSale : FlashSaleCommand;

/// <summary>Staff end it.</summary>
public sealed record EndSale : FlashSaleCommand;

/// <summary>Asks how it stands.</summary>
public sealed record ReadSale : FlashSaleCommand;

/// <summary>The answer to one command.</summary>
/// <param name="Verdict">What became of it.</param>
/// <param name="Version">Of the sale, after the turn.</param>
/// <param name="Left">Units nobody has claimed, after the turn.</param>
/// <param name="Number">Of the claim.</param>
/// <param name="Claim">The claim, where the command is about one.</param>
/// <param name="Sale">The sale, where the command is about it.</param>
public sealed record FlashSaleReply(
    ClaimVerdict Verdict, long Version = 0, int Left = 0, int Number = -1, Claim? Claim = null, FlashSaleView? Sale = null);

/// <summary>How a sale stands.</summary>
/// <param name="Sale">Terms and status.</param>
/// <param name="Left">Units nobody has claimed.</param>
/// <param name="Paid">Units that are paid for.</param>
/// <param name="Version">A lower one is older.</param>
public sealed record FlashSaleView(FlashSale Sale, int Left, int Paid, long Version);

/// <summary>Asks for the claims from a number on, as many as one message may carry.</summary>
/// <param name="From">The first number.</param>
public sealed record ClaimPageRequest(int From);

/// <summary>Claims in their order.</summary>
/// <param name="Claims">From the number asked for on.</param>
/// <param name="Length">Claims ever made.</param>
/// <param name="Sale">How the sale stands.</param>
public sealed record ClaimPage(IReadOnlyList<Claim> Claims, int Length, FlashSaleView? Sale);

/// <summary>Asks who made the claims from a number on.</summary>
/// <param name="From">The first number.</param>
public sealed record ClaimantsRequest(int From);

/// <summary>Who made claims.</summary>
/// <param name="Hashes"><see cref="Platform.Actors.StableHash"/> of the customers.</param>
/// <param name="Next">The number to ask for next.</param>
/// <param name="IsLast">Whether there are no more.</param>
public sealed record ClaimantsPage(IReadOnlyList<uint> Hashes, int Next, bool IsLast);
