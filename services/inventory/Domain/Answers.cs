namespace NexusCart.Inventory.Domain;

/// <summary>What became of a verb on a reservation.</summary>
public enum Verdict
{
    /// <summary>Done now, or done before.</summary>
    Done,

    /// <summary>Not enough units; nothing was held.</summary>
    OutOfStock,

    /// <summary>The reservation is known under other lines; nothing was changed.</summary>
    OtherLines,

    /// <summary>It expired, was released or restocked before; nothing was changed.</summary>
    Closed,

    /// <summary>It is committed, which only a restock undoes; nothing was changed.</summary>
    Committed,

    /// <summary>There is no such reservation, or it was forgotten after the retention; nothing was changed.</summary>
    Unknown,

    /// <summary>The adjustment, transfer or return is known with other content; nothing was changed.</summary>
    OtherContent,

    /// <summary>Fewer units are free than it would take; nothing was changed.</summary>
    TooFew,
}

/// <summary>A line that could not be held.</summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Requested">Units asked for.</param>
/// <param name="Available">Units for sale.</param>
/// <param name="Known">False when nothing of it was ever received.</param>
public sealed record MissingUnits(string Sku, int Requested, long Available, bool Known);

/// <summary>The answer to a reservation attempt.</summary>
/// <param name="Verdict">Done, OutOfStock, OtherLines or Closed.</param>
/// <param name="ExpiresAt">When done: until when the hold lasts.</param>
/// <param name="Missing">When out of stock: what could not be held.</param>
public sealed record HoldAnswer(Verdict Verdict, DateTimeOffset? ExpiresAt, IReadOnlyList<MissingUnits> Missing);

/// <summary>The answer to an adjustment, a transfer or a return.</summary>
/// <param name="Verdict">Done, OtherContent or TooFew.</param>
/// <param name="Units">When done: on hand at the warehouse afterwards (of a transfer: at the one that gave). When too few: what is free there.</param>
/// <param name="Repeated">It was done by an earlier call.</param>
public sealed record StaffAnswer(Verdict Verdict, long Units, bool Repeated = false);
