using StreamActors.Protocol.Records;
using StreamActors.Storage.Files;
using StreamActors.Storage.Index;

namespace StreamActors.Storage.Segment;

/// <summary>
/// The indexes of a segment while it is written to, in memory; they are saved when it is sealed or closed. After a crash they are made
/// anew from the records, so nothing is lost.
/// </summary>
internal sealed class SegmentIndexes(long baseOffset, LogConfig config)
{
    private int bytesSinceEntry;
    private bool isBehindDamage;

    public IndexBuilder Offsets { get; } = new(OffsetIndex.EntrySize);

    public IndexBuilder Times { get; } = new(TimeIndex.EntrySize);

    /// <summary>The highest timestamp, and the last offset of the first batch that has it.</summary>
    public TimestampOffset Max { get; private set; } = TimestampOffset.None;

    /// <summary>The timestamp of the first batch, from which <c>segment.ms</c> counts; null while there is none.</summary>
    public long? FirstTimestamp { get; private set; }

    public AbortedTransaction[] Aborted { get; private set; } = [];

    /// <summary>Whether another entry would exceed <c>segment.index.bytes</c>.</summary>
    public bool IsFull =>
        Offsets.SizeInBytes + OffsetIndex.EntrySize > config.SegmentIndexBytes
        || Times.SizeInBytes + 2 * TimeIndex.EntrySize > config.SegmentIndexBytes;

    public void Add(RecordBatchHeader batch, long position)
    {
        if (batch.MaxTimestamp > Max.Timestamp) Max = new TimestampOffset(batch.MaxTimestamp, batch.LastOffset);
        FirstTimestamp ??= batch.MaxTimestamp;
        if (bytesSinceEntry > config.IndexIntervalBytes)
        {
            OffsetIndex.Append(Offsets, baseOffset, new OffsetPosition(isBehindDamage ? batch.BaseOffset : batch.LastOffset, (int)position));
            isBehindDamage = false;
            TimeIndex.Append(Times, baseOffset, Max);
            bytesSinceEntry = 0;
        }

        bytesSinceEntry += batch.SizeInBytes;
    }

    /// <summary>
    /// The next batch gets an entry whatever its distance, and of its first offset: it lies behind damage, through which nobody can walk to it.
    /// </summary>
    public void ForceNextEntry()
    {
        bytesSinceEntry = int.MaxValue / 2;
        isBehindDamage = true;
    }

    public void Add(AbortedTransaction transaction) => Aborted = [.. Aborted, transaction];

    /// <param name="disk">The disk.</param>
    /// <param name="folder">The log's folder.</param>
    /// <param name="ending">What the names have at their end while the segment is not the log's own.</param>
    public void Save(IDisk disk, string folder, string ending = "")
    {
        TimeIndex.Append(Times, baseOffset, Max);
        Write(disk, SegmentFiles.Path(folder, baseOffset, SegmentFiles.OffsetIndex) + ending, Offsets.Bytes);
        Write(disk, SegmentFiles.Path(folder, baseOffset, SegmentFiles.TimeIndex) + ending, Times.Bytes);
        TransactionIndex.Save(disk, SegmentFiles.Path(folder, baseOffset, SegmentFiles.TransactionIndex) + ending, Aborted);
    }

    /// <summary>Takes over what was saved; false where files are missing or make no sense.</summary>
    public bool TryLoad(IDisk disk, string folder, long segmentSize)
    {
        var offsetsPath = SegmentFiles.Path(folder, baseOffset, SegmentFiles.OffsetIndex);
        var timesPath = SegmentFiles.Path(folder, baseOffset, SegmentFiles.TimeIndex);
        if (!disk.FileExists(offsetsPath) || !disk.FileExists(timesPath)) return segmentSize == 0;
        using var offsets = disk.Open(offsetsPath, DiskMode.Open);
        using var times = disk.Open(timesPath, DiskMode.Open);
        if (offsets.Length % OffsetIndex.EntrySize != 0 || times.Length % TimeIndex.EntrySize != 0) return false;
        Offsets.Load(offsets);
        Times.Load(times);
        if (!OffsetIndex.IsSane(Offsets.View, baseOffset, segmentSize) || !TimeIndex.IsSane(Times.View, baseOffset)) return false;
        Max = TimeIndex.Last(Times.View, baseOffset);
        Aborted = TransactionIndex.Load(disk, SegmentFiles.Path(folder, baseOffset, SegmentFiles.TransactionIndex));
        return true;
    }

    /// <summary>
    /// Goes on where saved or cut indexes end: walks over the batches behind the last entry. Returns the offset behind the last batch; null
    /// where the file is not made of whole batches up to <paramref name="size"/>, with offsets that follow.
    /// </summary>
    public long? Resume(IDiskFile file, long size)
    {
        Span<byte> buffer = stackalloc byte[BatchScanner.BufferSize];
        if (size > 0)
        {
            var first = new BatchScanner(file, 0, size, buffer);
            if (!first.MoveNext()) return null;
            FirstTimestamp = first.Header.MaxTimestamp;
        }

        bytesSinceEntry = 0;
        var next = baseOffset;
        var scanner = new BatchScanner(file, OffsetIndex.Floor(Offsets.View, baseOffset, long.MaxValue).Position, size, buffer);
        while (scanner.MoveNext())
        {
            if (scanner.Header.BaseOffset < next || scanner.Header.LastOffset - baseOffset > int.MaxValue) return null;
            Add(scanner.Header, scanner.Position);
            next = scanner.Header.NextOffset;
        }

        return scanner.IsBroken ? null : next;
    }

    /// <summary>Forgets everything at or behind an offset, where the file was cut to a size.</summary>
    public void Cut(IDiskFile file, long size, long nextOffset)
    {
        Offsets.Truncate(OffsetIndex.CountBelow(Offsets.View, size));
        Times.Truncate(TimeIndex.CountBelow(Times.View, baseOffset, nextOffset));
        Aborted = [.. Aborted.Where(transaction => transaction.LastOffset < nextOffset)];
        Max = TimeIndex.Last(Times.View, baseOffset);
        FirstTimestamp = null;
        if (Resume(file, size) is null) throw new IOException("A segment was cut within a batch");
    }

    /// <summary>Makes the indexes anew out of the batches' headers; aborted transactions are taken from their file, which cannot be.</summary>
    public static SegmentIndexes Rebuild(LogSegment segment, long size, LogConfig config)
    {
        var indexes = new SegmentIndexes(segment.BaseOffset, config);
        Span<byte> buffer = stackalloc byte[BatchScanner.BufferSize];
        var scanner = new BatchScanner(segment.File, 0, size, buffer);
        while (scanner.MoveNext()) indexes.Add(scanner.Header, scanner.Position);
        indexes.Aborted = TransactionIndex.Load(segment.Disk, segment.PathOf(SegmentFiles.TransactionIndex));
        return indexes;
    }

    private static void Write(IDisk disk, string path, ReadOnlySpan<byte> bytes)
    {
        using var file = disk.Open(path, DiskMode.OpenOrCreate);
        if (!bytes.IsEmpty) file.Write(0, bytes);
        file.SetLength(bytes.Length);
    }
}
