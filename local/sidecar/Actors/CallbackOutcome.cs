namespace NexusCart.Sidecar.Actors;

/// <summary>What came of a reminder or timer that was fired.</summary>
internal enum CallbackOutcome
{
    /// <summary>The app handled it.</summary>
    Done,

    /// <summary>The app handled it and wants no more of them.</summary>
    CancelRequested,

    /// <summary>The app could not be reached and has not seen it.</summary>
    AppUnreachable,
}
