using Google.Protobuf.WellKnownTypes;
using NexusCart.Platform.Errors;

namespace NexusCart.Catalog.Api;

/// <summary>Judges moments in requests.</summary>
internal static class Moments
{
    private const long First = -62_135_596_800; // 0001-01-01
    private const long Last = 253_402_300_799; // 9999-12-31

    /// <summary>Adds a violation unless the moment is one that exists: a gRPC client may send any two numbers.</summary>
    public static bool CheckMoment(this Violations violations, Timestamp moment, string field) => violations.Check(
        moment.Seconds is >= First and <= Last && moment.Nanos is >= 0 and <= 999_999_999, field, "must be a moment from the year 1 to 9999");
}
