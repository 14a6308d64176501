using System.Collections.Immutable;
using System.Globalization;
using StreamActors.Protocol;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Recovery;

/// <summary>Offsets whose records were durable once and are damaged or gone: from <paramref name="From"/> on, below <paramref name="To"/>.</summary>
public readonly record struct DamagedRange(Offset From, Offset To)
{
    public bool Contains(Offset offset) => offset >= From && offset < To;
}

/// <summary>
/// The damaged ranges of a log, kept in a file of our own in its folder, <c>damaged-offsets</c>, in the manner of Kafka's checkpoints: whoever
/// reads there is told so, by this process and by later ones.
/// </summary>
internal static class DamagedRanges
{
    public const string FileName = "damaged-offsets";

    public static ImmutableArray<DamagedRange> Load(IDisk disk, string folder)
    {
        var ranges = ImmutableArray.CreateBuilder<DamagedRange>();
        foreach (var fields in CheckpointFile.Read(disk, Path.Combine(folder, FileName), 2) ?? [])
        {
            if (long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var from)
                && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var to) && from < to)
            {
                ranges.Add(new DamagedRange(new Offset(from), new Offset(to)));
            }
        }

        return ranges.ToImmutable();
    }

    /// <summary>What is left of them where a log ends at an offset.</summary>
    public static ImmutableArray<DamagedRange> Cut(IEnumerable<DamagedRange> ranges, Offset end) =>
        [.. ranges.Where(range => range.From < end).Select(range => range with { To = Offset.Min(range.To, end) })];

    public static void Save(IDisk disk, string folder, IEnumerable<DamagedRange> ranges) =>
        CheckpointFile.Write(disk, Path.Combine(folder, FileName), [.. ranges.Select(range => $"{range.From} {range.To}")], sync: true);
}
