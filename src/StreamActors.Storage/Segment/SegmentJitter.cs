namespace StreamActors.Storage.Segment;

/// <summary>
/// How much earlier than <c>segment.ms</c> a segment ends (<c>segment.jitter.ms</c>): a fraction of its own for each. It is derived from the partition
/// and the segment's first offset and not drawn, for it must not matter how often a log is opened: a fraction drawn anew at each start would be
/// the smallest of many for a partition that sleeps often. The same log rolls at the same record in every run of a simulation.
/// </summary>
internal static class SegmentJitter
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    /// <summary>From 0 to below 1, evenly spread over partitions and segments.</summary>
    public static double Fraction(string folder, long baseOffset)
    {
        var hash = FnvOffset;
        foreach (var letter in Path.GetFileName(folder.AsSpan())) hash = (hash ^ letter) * FnvPrime;
        hash ^= (ulong)baseOffset;
        // Neighbouring partitions and offsets differ in a few bits only, which have to reach all the others.
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        hash ^= hash >> 33;
        return (hash >> 11) * (1.0 / (1UL << 53));
    }

    public static long Of(string folder, long baseOffset, LogConfig config) =>
        config.SegmentJitterMs <= 0 ? 0 : (long)(Fraction(folder, baseOffset) * Math.Min(config.SegmentJitterMs, config.LongestSegmentMs));
}
