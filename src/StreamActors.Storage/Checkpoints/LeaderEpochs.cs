using System.Collections.Immutable;
using System.Globalization;
using StreamActors.Protocol;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Checkpoints;

/// <summary>Where a leader's records begin.</summary>
public readonly record struct EpochStart(int Epoch, long StartOffset);

/// <summary>Where an epoch's records end: the answer to OffsetForLeaderEpoch (KIP-101). Both are -1 where the epoch is unknown.</summary>
public readonly record struct EpochEnd(LeaderEpoch Epoch, Offset EndOffset)
{
    public static readonly EpochEnd Unknown = new(LeaderEpoch.None, new Offset(-1));
}

/// <summary>The leader epochs that have records in a log, ascending in both epoch and offset: <c>leader-epoch-checkpoint</c>. Immutable.</summary>
public sealed class LeaderEpochs
{
    public const string FileName = "leader-epoch-checkpoint";
    public static readonly LeaderEpochs Empty = new([]);

    private LeaderEpochs(ImmutableArray<EpochStart> entries) => Entries = entries;

    public ImmutableArray<EpochStart> Entries { get; }

    public LeaderEpoch Latest => Entries.IsEmpty ? LeaderEpoch.None : new LeaderEpoch(Entries[^1].Epoch);

    /// <summary>
    /// Notes that an epoch begins at an offset. Entries that contradict it (as late or later, or as high or higher) had no records that remain.
    /// The same object where nothing changes.
    /// </summary>
    public LeaderEpochs Assign(LeaderEpoch epoch, Offset start)
    {
        if (epoch.Value < 0 || epoch.Value <= Latest.Value) return this;
        var kept = Entries.RemoveAll(entry => entry.StartOffset >= start.Value);
        return new LeaderEpochs(kept.Add(new EpochStart(epoch.Value, start.Value)));
    }

    /// <summary>Forgets epochs that begin at or behind an offset, from which the log was cut.</summary>
    public LeaderEpochs TruncateFromEnd(Offset end) =>
        Entries.IsEmpty || Entries[^1].StartOffset < end.Value ? this : new(Entries.RemoveAll(entry => entry.StartOffset >= end.Value));

    /// <summary>Forgets epochs that end before an offset, up to which the log was deleted; the one that it lies in begins there now.</summary>
    public LeaderEpochs TruncateFromStart(Offset start)
    {
        var before = 0;
        while (before < Entries.Length && Entries[before].StartOffset <= start.Value) before++;
        if (before == 0 || (before == 1 && Entries[0].StartOffset == start.Value)) return this;
        return new LeaderEpochs([Entries[before - 1] with { StartOffset = start.Value }, .. Entries[before..]]);
    }

    /// <summary>The epoch's end; that of the highest lower epoch where it has no records itself.</summary>
    public EpochEnd EndOffsetFor(LeaderEpoch epoch, Offset logEndOffset)
    {
        if (epoch.Value < 0 || Entries.IsEmpty || epoch.Value > Latest.Value) return EpochEnd.Unknown;
        if (epoch == Latest) return new EpochEnd(epoch, logEndOffset);
        var higher = 0;
        while (Entries[higher].Epoch <= epoch.Value) higher++;
        return new EpochEnd(higher == 0 ? epoch : new LeaderEpoch(Entries[higher - 1].Epoch), new Offset(Entries[higher].StartOffset));
    }

    /// <summary>Up to where two logs have the same records: where the largest epoch that both know ends in the one that ends it first.</summary>
    public static Offset CommonEnd(LeaderEpochs one, Offset oneEnd, LeaderEpochs other, Offset otherEnd)
    {
        for (var i = one.Entries.Length - 1; i >= 0; i--)
        {
            var epoch = new LeaderEpoch(one.Entries[i].Epoch);
            if (other.Entries.Any(entry => entry.Epoch == epoch.Value))
                return Offset.Min(one.EndOffsetFor(epoch, oneEnd).EndOffset, other.EndOffsetFor(epoch, otherEnd).EndOffset);
        }

        return Offset.Min(one.Entries.IsEmpty ? oneEnd : new Offset(one.Entries[0].StartOffset), other.Entries.IsEmpty ? otherEnd : new Offset(other.Entries[0].StartOffset));
    }

    public LeaderEpoch EpochOf(Offset offset)
    {
        for (var i = Entries.Length - 1; i >= 0; i--)
        {
            if (Entries[i].StartOffset <= offset.Value) return new LeaderEpoch(Entries[i].Epoch);
        }

        return LeaderEpoch.None;
    }

    /// <summary>Null where the file is absent or damaged.</summary>
    internal static LeaderEpochs? Load(IDisk disk, string folder)
    {
        if (CheckpointFile.Read(disk, Path.Combine(folder, FileName), 2) is not { } lines) return null;
        var epochs = Empty;
        foreach (var line in lines)
        {
            if (!int.TryParse(line[0], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
                || !long.TryParse(line[1], NumberStyles.None, CultureInfo.InvariantCulture, out var start))
            {
                return null;
            }

            epochs = epochs.Assign(new LeaderEpoch(epoch), new Offset(start));
        }

        return epochs;
    }

    internal void Save(IDisk disk, string folder) =>
        CheckpointFile.Write(disk, Path.Combine(folder, FileName), [.. Entries.Select(entry => $"{entry.Epoch} {entry.StartOffset}")], sync: false);
}
