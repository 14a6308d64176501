namespace StreamActors.Protocol.Wire;

/// <summary>
/// How much memory the objects of one decoded frame may take, by the estimate that generated code has of each element
/// (docs/design/limits.md). Bytes and records are slices of the frame and cost nothing.
/// </summary>
public static class DecodeBudget
{
    /// <summary>What any frame may take, so that small ones are never refused.</summary>
    public const long Floor = 1L << 20;

    /// <summary>How many times its own size a frame may take beyond the floor.</summary>
    public const int Multiple = 20;

    /// <summary>What no frame may exceed.</summary>
    public const long Ceiling = 256L << 20;

    /// <summary>The estimate for an unknown tagged field that is kept.</summary>
    public const int TaggedField = 96;

    /// <summary>The estimate for a list that has elements, without these.</summary>
    public const int List = 56;

    public static long For(int frameBytes) => Math.Min(Ceiling, Floor + ((long)Multiple * frameBytes));
}
