using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Files;
using StreamActors.Storage.Index;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Compaction;

/// <summary>A segment that compaction writes, beside the log, under the names <c>...cleaned</c>.</summary>
internal sealed class CleanedFile : IDisposable
{
    private readonly IDisk disk;
    private readonly string folder;
    private readonly IDiskFile file;
    private readonly SegmentIndexes indexes;
    private readonly PooledBuffer buffer;
    private readonly int pieceSize;
    private long written;

    public CleanedFile(IDisk disk, string folder, long baseOffset, LogConfig config, int pieceSize)
    {
        this.disk = disk;
        this.folder = folder;
        this.pieceSize = pieceSize;
        BaseOffset = baseOffset;
        indexes = new SegmentIndexes(baseOffset, config);
        file = disk.Open(PathOf(SegmentFiles.Log), DiskMode.Create);
        buffer = new PooledBuffer(pieceSize);
    }

    public long BaseOffset { get; }

    public long Size => written + buffer.Length;

    public void Append(ReadOnlySpan<byte> batch)
    {
        if (Size + batch.Length > int.MaxValue) throw new IOException($"The compacted segment {BaseOffset} would exceed {int.MaxValue} bytes");
        indexes.Add(new RecordBatchHeader(batch), Size);
        batch.CopyTo(buffer.GetSpan(batch.Length));
        buffer.Advance(batch.Length);
        if (buffer.Length >= pieceSize) Write();
    }

    public void Append(AbortedTransaction transaction) => indexes.Add(transaction);

    /// <summary>Makes all of it durable, but for the names.</summary>
    public void Finish()
    {
        Write();
        file.Sync();
        indexes.Save(disk, folder, SegmentFiles.Cleaned);
        // Also one of no transactions: whoever goes on with an interrupted swap must not take the old one for it.
        disk.Open(PathOf(SegmentFiles.TransactionIndex), DiskMode.OpenOrCreate).Dispose();
        foreach (var suffix in SegmentFiles.OfSegment.Where(suffix => suffix != SegmentFiles.Log && disk.FileExists(PathOf(suffix))))
        {
            using var index = disk.Open(PathOf(suffix), DiskMode.Open);
            index.Sync();
        }
    }

    public void Dispose()
    {
        file.Dispose();
        buffer.Dispose();
    }

    private void Write()
    {
        if (buffer.Length == 0) return;
        file.Write(written, buffer.WrittenSpan);
        written += buffer.Length;
        buffer.Clear();
    }

    private string PathOf(string suffix) => SegmentFiles.Path(folder, BaseOffset, suffix) + SegmentFiles.Cleaned;
}
