using StreamActors.Protocol.Records;
using StreamActors.Storage.Files;
using StreamActors.Storage.Index;

namespace StreamActors.Storage.Segment;

/// <summary>
/// A segment of a log: its files, and once it is sealed, what is in them. Files are opened when somebody needs them. Whoever deletes a segment
/// does not close it: readers may still send from it, and the last reference closes the files.
/// </summary>
internal sealed class LogSegment(IDisk disk, string folder, long baseOffset, LogConfig config)
{
    private readonly Lock opening = new();
    private IDiskFile? file;
    private IDiskFile? offsetsFile;
    private IDiskFile? timesFile;
    private SegmentView? sealedView;
    private AbortedTransaction[]? aborted;
    private long? firstTimestamp;

    public IDisk Disk => disk;

    public string Folder => folder;

    public long BaseOffset => baseOffset;

    /// <summary>Whether the index files have been synced, which they are some time after the segment was sealed.</summary>
    public bool AreIndexesSynced { get; set; } = true;

    /// <summary>Whether the file was cut since it was synced: what was cut off may come back, however far the log is durable otherwise.</summary>
    public volatile bool WasCut;

    public IDiskFile File
    {
        get
        {
            if (Volatile.Read(ref file) is { } open) return open;
            lock (opening) return file ??= BoundedDisk.OpenSegmentFile(disk, PathOf(SegmentFiles.Log));
        }
    }

    /// <summary>What of the file needs no check any more before it is served.</summary>
    public CheckedRanges Checked { get; } = new();

    public string PathOf(string suffix) => SegmentFiles.Path(folder, baseOffset, suffix);

    public static LogSegment Create(IDisk disk, string folder, long baseOffset, LogConfig config)
    {
        var segment = new LogSegment(disk, folder, baseOffset, config);
        try
        {
            segment.file = BoundedDisk.OpenSegmentFile(disk, segment.PathOf(SegmentFiles.Log), DiskMode.Create, config.Preallocate ? config.SegmentBytes : 0);
            return segment;
        }
        catch (IOException failure) when (DiskFull.IsCause(failure))
        {
            // There may be a file without the room that was to be set aside for it.
            disk.DeleteFile(segment.PathOf(SegmentFiles.Log));
            throw;
        }
    }

    /// <summary>What readers see of a segment that is written to no more.</summary>
    public SegmentView View()
    {
        if (Volatile.Read(ref sealedView) is { } view) return view;
        lock (opening) return sealedView ??= OpenView();
    }

    /// <summary>Its files stay open from now on: it is written to, or its files are about to lose the names under which they could be opened again.</summary>
    public void KeepOpen()
    {
        (File as BoundedFile)?.Keep();
        lock (opening)
        {
            (offsetsFile as BoundedFile)?.Keep();
            (timesFile as BoundedFile)?.Keep();
        }
    }

    /// <summary>It is written to no more.</summary>
    public void LetGo() => (File as BoundedFile)?.LetGo();

    /// <summary>The highest timestamp of a sealed segment, from the end of its time index.</summary>
    public TimestampOffset Max()
    {
        if (Volatile.Read(ref sealedView) is { } view) return view.Max;
        if (!disk.FileExists(PathOf(SegmentFiles.TimeIndex))) return View().Max;
        using var times = disk.Open(PathOf(SegmentFiles.TimeIndex), DiskMode.Open);
        if (times.Length % TimeIndex.EntrySize != 0) return View().Max;
        var index = new IndexView(times, (int)(times.Length / TimeIndex.EntrySize), TimeIndex.EntrySize);
        return TimeIndex.IsSane(index, baseOffset) ? TimeIndex.Last(index, baseOffset) : View().Max;
    }

    /// <summary>How old its youngest record is at least: by the highest timestamp, or, where records have none, by when the file was written.</summary>
    /// <param name="max">The highest timestamp in it.</param>
    public long YoungestMs(TimestampOffset max) => max.Timestamp >= 0 ? max.Timestamp : disk.ModifiedMs(PathOf(SegmentFiles.Log));

    /// <summary>The timestamp of a sealed segment's first batch; -1 where it has none.</summary>
    public long FirstTimestamp()
    {
        lock (opening)
        {
            if (firstTimestamp is { } known) return known;
            file ??= BoundedDisk.OpenSegmentFile(disk, PathOf(SegmentFiles.Log));
            Span<byte> buffer = stackalloc byte[RecordBatchHeader.Size];
            var scanner = new BatchScanner(file, 0, file.Length, buffer);
            firstTimestamp = scanner.MoveNext() ? scanner.Header.MaxTimestamp : -1;
            return firstTimestamp.Value;
        }
    }

    /// <summary>The transactions whose abort markers lie in this segment, once it is sealed.</summary>
    public AbortedTransaction[] Aborted()
    {
        if (Volatile.Read(ref aborted) is { } known) return known;
        lock (opening) return aborted ??= TransactionIndex.Load(disk, PathOf(SegmentFiles.TransactionIndex));
    }

    public long Size => File.Length;

    /// <summary>
    /// Checks batches that this process has neither written nor checked before: none leaves the broker that fails its CRC, whatever became of the
    /// disk meanwhile. Returns where the good ones end.
    /// </summary>
    /// <param name="start">Where a batch begins.</param>
    /// <param name="end">Where one ends.</param>
    /// <param name="endOffset">All offsets in the segment are below it. No CRC covers a batch's first offset: it has to fit between its neighbours.</param>
    /// <param name="size">How far readers may look: behind it the log's writer may be at work.</param>
    public long GoodEnd(long start, long end, long endOffset, long size)
    {
        var (from, to) = Checked.Unchecked(start, end);
        if (from >= to) return end;
        using var reader = new BatchFileReader(File, from, to);
        var good = from;
        var next = baseOffset;
        while (reader.MoveNext() && reader.Current.IsCrcValid && Fits(reader.Current.Header, next, endOffset))
        {
            var behind = reader.Position + reader.Current.Memory.Length;
            if (behind == to && to < size && !PrecedesBatchAt(to, reader.Current.Header.NextOffset)) break;
            good = behind;
            next = reader.Current.Header.NextOffset;
        }

        if (good > from) Checked.AddRead(from, good);
        return good == to ? end : good;
    }

    private static bool Fits(RecordBatchHeader batch, long from, long endOffset) => batch.BaseOffset >= from && batch.LastOffset < endOffset;

    /// <summary>Whether the batch at a position does not begin before an offset.</summary>
    private bool PrecedesBatchAt(long position, long nextOffset)
    {
        Span<byte> header = stackalloc byte[RecordBatchHeader.Size];
        return File.Read(position, header) < header.Length || new RecordBatchHeader(header).BaseOffset >= nextOffset;
    }

    /// <summary>The view of a sealed segment with indexes made anew, where the ones on the disk have turned out to be wrong.</summary>
    public SegmentView Reindex(SegmentView distrusted)
    {
        lock (opening)
        {
            if (sealedView is not null && !ReferenceEquals(sealedView, distrusted)) return sealedView;
            var rebuilt = SegmentIndexes.Rebuild(this, distrusted.Size, config);
            var view = new SegmentView(this, distrusted.Size, rebuilt.Offsets.View, rebuilt.Times.View, rebuilt.Max);
            if (sealedView is not null) sealedView = view;
            return view;
        }
    }

    public void SyncIndexes()
    {
        foreach (var suffix in SegmentFiles.OfSegment.Where(suffix => suffix != SegmentFiles.Log && disk.FileExists(PathOf(suffix))))
        {
            try
            {
                using var index = disk.Open(PathOf(suffix), DiskMode.Open);
                index.Sync();
            }
            catch (FileNotFoundException)
            {
                // The log's writer deletes segments while others are synced; what is gone need not be durable.
            }
        }

        AreIndexesSynced = true;
    }

    public void Close()
    {
        lock (opening)
        {
            file?.Dispose();
            offsetsFile?.Dispose();
            timesFile?.Dispose();
            file = offsetsFile = timesFile = null;
            sealedView = null;
            aborted = null;
        }
    }

    private SegmentView OpenView()
    {
        file ??= BoundedDisk.OpenSegmentFile(disk, PathOf(SegmentFiles.Log));
        var size = file.Length;
        var offsets = OpenIndex(SegmentFiles.OffsetIndex, OffsetIndex.EntrySize, ref offsetsFile);
        var times = OpenIndex(SegmentFiles.TimeIndex, TimeIndex.EntrySize, ref timesFile);
        if (offsets is { } o && times is { } t && OffsetIndex.IsSane(o, baseOffset, size) && TimeIndex.IsSane(t, baseOffset))
            return new SegmentView(this, size, o, t, TimeIndex.Last(t, baseOffset));

        // An index that is lost or damaged costs a walk over the headers, nothing else.
        var rebuilt = SegmentIndexes.Rebuild(this, size, config);
        return new SegmentView(this, size, rebuilt.Offsets.View, rebuilt.Times.View, rebuilt.Max);
    }

    private IndexView? OpenIndex(string suffix, int entrySize, ref IDiskFile? open)
    {
        if (!disk.FileExists(PathOf(suffix))) return null;
        open ??= BoundedDisk.OpenSegmentFile(disk, PathOf(suffix));
        return open.Length % entrySize == 0 ? new IndexView(open, (int)(open.Length / entrySize), entrySize) : null;
    }
}
