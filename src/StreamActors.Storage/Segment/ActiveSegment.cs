using StreamActors.Protocol.Records;

namespace StreamActors.Storage.Segment;

/// <summary>The one segment of a log that is written to.</summary>
internal sealed class ActiveSegment
{
    private readonly LogSegment segment;
    private readonly SegmentIndexes indexes;
    private readonly long createdMs;
    private readonly BatchTail tail = new();

    public ActiveSegment(LogSegment segment, SegmentIndexes indexes, long size, long createdMs)
    {
        this.segment = segment;
        this.indexes = indexes;
        this.createdMs = createdMs;
        Size = size;
        segment.KeepOpen();
    }

    public LogSegment Segment => segment;

    public SegmentIndexes Indexes => indexes;

    public long BaseOffset => segment.BaseOffset;

    public long Size { get; private set; }

    public SegmentView View => new(segment, Size, indexes.Offsets.View, indexes.Times.View, indexes.Max, tail.View);

    /// <summary>Whether a batch has to go into a new segment.</summary>
    public bool MustRollBefore(RecordBatchHeader batch, long lastOffset, LogConfig config, long now) =>
        Size > 0 && (Size + batch.SizeInBytes > config.SegmentBytes || indexes.IsFull || IsOld(batch.MaxTimestamp, config, now))
        || lastOffset - BaseOffset > int.MaxValue;

    /// <summary>Counts a batch that is about to be written at the end.</summary>
    public void Add(RecordBatchHeader batch)
    {
        indexes.Add(batch, Size);
        tail.Add(new BatchPlace((int)(batch.LastOffset - BaseOffset), (int)Size));
        Size += batch.SizeInBytes;
    }

    /// <summary>Cuts the file; what follows gets an offset.</summary>
    public void Cut(long size, long nextOffset)
    {
        segment.File.SetLength(size);
        segment.WasCut = true;
        segment.Checked.Cut(size);
        tail.Clear();
        Size = size;
        indexes.Cut(segment.File, size, nextOffset);
    }

    public void Seal()
    {
        indexes.Save(segment.Disk, segment.Folder);
        segment.AreIndexesSynced = false;
    }

    private bool IsOld(long maxTimestamp, LogConfig config, long now)
    {
        var age = indexes.FirstTimestamp is >= 0 and { } first && maxTimestamp >= 0 ? maxTimestamp - first : now - createdMs;
        return age > config.LongestSegmentMs - SegmentJitter.Of(segment.Folder, BaseOffset, config);
    }
}
