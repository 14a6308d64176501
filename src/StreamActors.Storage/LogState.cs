using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;
using StreamActors.Storage.Producers;
using StreamActors.Storage.Recovery;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage;

/// <summary>All that a log's writer holds. Readers get a <see cref="LogView"/> of it.</summary>
internal sealed class LogState(IDisk disk, string folder, LogConfig config)
{
    public IDisk Disk => disk;

    public string Folder => folder;

    public LogConfig Config { get; set; } = config;

    public ImmutableArray<LogSegment> Sealed { get; set; } = [];

    public required ActiveSegment Active { get; set; }

    public required ProducerStates Producers { get; set; }

    public LeaderEpochs Epochs { get; set; } = LeaderEpochs.Empty;

    /// <summary>Offsets whose records were lost to the disk.</summary>
    public ImmutableArray<DamagedRange> Damaged { get; set; } = [];

    public Offset LogStartOffset { get; set; }

    public Offset NextOffset { get; set; }

    /// <summary>Whether names in the folder changed since it was synced. Set by the writer, taken by whoever syncs.</summary>
    public volatile bool IsFolderDirty;

    /// <summary>Whether the leader epochs were saved since their file was synced.</summary>
    public volatile bool AreEpochsDirty;

    public IEnumerable<LogSegment> Segments => Sealed.Append(Active.Segment);

    public void SetEpochs(LeaderEpochs epochs)
    {
        if (ReferenceEquals(epochs, Epochs)) return;
        epochs.Save(disk, folder);
        Epochs = epochs;
        AreEpochsDirty = true;
        IsFolderDirty = true;
    }

    /// <summary>Forgets epochs before the log's start. On a full disk that stays unsaved, and is done again when the log is opened: deletion makes room.</summary>
    public void TrimEpochs() => ForgetEpochs(Epochs.TruncateFromStart(LogStartOffset));

    private void ForgetEpochs(LeaderEpochs remaining)
    {
        try
        {
            SetEpochs(remaining);
        }
        catch (IOException failure) when (DiskFull.IsCause(failure))
        {
            Epochs = remaining;
        }
    }

    /// <summary>Seals the active segment and begins one at the next offset, with a snapshot of the producers.</summary>
    public void Roll(TimestampMs now)
    {
        if (Active.BaseOffset == NextOffset.Value) return;
        // The disk may be full: then all stays as it is.
        Active.Seal();
        ProducerSnapshot.Save(disk, folder, NextOffset, Producers);
        var next = LogSegment.Create(disk, folder, NextOffset.Value, Config);
        Sealed = Sealed.Add(Active.Segment);
        Active.Segment.LetGo();
        Active = new ActiveSegment(next, new SegmentIndexes(next.BaseOffset, Config), 0, now.Value);
        IsFolderDirty = true;
    }

    /// <summary>Drops everything and begins anew at an offset.</summary>
    public void RestartAt(Offset offset, TimestampMs now)
    {
        foreach (var segment in Segments) DeleteFiles(segment.BaseOffset);
        foreach (var snapshot in ProducerSnapshot.List(disk, folder)) disk.DeleteFile(SegmentFiles.Path(folder, snapshot, SegmentFiles.Snapshot));
        Sealed = [];
        var first = LogSegment.Create(disk, folder, offset.Value, Config);
        Active = new ActiveSegment(first, new SegmentIndexes(offset.Value, Config), 0, now.Value);
        Producers = new ProducerStates();
        SetEpochs(LeaderEpochs.Empty);
        ForgetDamage(Offset.Zero);
        LogStartOffset = offset;
        NextOffset = offset;
        IsFolderDirty = true;
    }

    /// <summary>Cuts the log so that it ends with the active segment at a size, and what follows gets an offset.</summary>
    public void CutActive(long size, Offset nextOffset)
    {
        Active.Cut(size, nextOffset.Value);
        NextOffset = nextOffset;
        // It may be a full disk that had the log cut: what opening it finds in the file behind its end is passed over.
        ForgetEpochs(Epochs.TruncateFromEnd(nextOffset));
        ForgetDamage(nextOffset);
        foreach (var snapshot in ProducerSnapshot.List(disk, folder).Where(offset => offset > nextOffset.Value))
            disk.DeleteFile(SegmentFiles.Path(folder, snapshot, SegmentFiles.Snapshot));
        Producers = Recovery.ProducerLoader.Load(this, nextOffset);
    }

    /// <summary>Makes a sealed segment the active one again; those behind it are deleted.</summary>
    public void Reactivate(int index)
    {
        var segment = Sealed[index];
        foreach (var later in Segments.Where(later => later.BaseOffset > segment.BaseOffset)) DeleteFiles(later.BaseOffset);
        var size = segment.Size;
        var indexes = new SegmentIndexes(segment.BaseOffset, Config);
        if (!indexes.TryLoad(disk, folder, size)) indexes = SegmentIndexes.Rebuild(segment, size, Config);
        // A fresh object: readers that hold the old one keep seeing it sealed.
        var reopened = new LogSegment(disk, folder, segment.BaseOffset, Config);
        Active = new ActiveSegment(reopened, indexes, size, 0);
        Sealed = Sealed.RemoveRange(index, Sealed.Length - index);
        IsFolderDirty = true;
    }

    /// <summary>
    /// Makes it durable that the log was cut. If a crash brought back what was cut off, and took what has been written since, records would follow that this log
    /// has never had there.
    /// </summary>
    public void SyncCut()
    {
        Active.Segment.File.Sync();
        disk.SyncDirectory(folder);
    }

    /// <summary>Offsets from there on are given again, to records that nothing is wrong with.</summary>
    private void ForgetDamage(Offset end)
    {
        if (!Damaged.Any(range => range.To > end)) return;
        Damaged = DamagedRanges.Cut(Damaged, end);
        DamagedRanges.Save(disk, folder, Damaged);
    }

    public void DeleteFiles(long baseOffset)
    {
        foreach (var suffix in SegmentFiles.OfSegment) disk.DeleteFile(SegmentFiles.Path(folder, baseOffset, suffix));
        IsFolderDirty = true;
    }
}
