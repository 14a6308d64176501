using BenchmarkDotNet.Attributes;
using StreamActors.Benchmarks.Load;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Index;

namespace StreamActors.Benchmarks.Parts;

/// <summary>What is done with a batch of 64 KiB and 62 records, and with an index.</summary>
public class BatchParts
{
    private const int Entries = 250_000;

    private readonly byte[] batch = Requests.Batch();
    private readonly IndexBuilder index = new(OffsetIndex.EntrySize);
    private long offset;

    [GlobalSetup]
    public void Fill()
    {
        for (var entry = 0; entry < Entries; entry++) OffsetIndex.Append(index, 0, new OffsetPosition(entry * 4L, entry * 4096));
    }

    [Benchmark]
    public uint Crc32COf64KiB() => Crc32C.Compute(batch);

    [Benchmark]
    public BatchError HeaderOfABatch() => RecordBatchReader.Check(batch, out _);

    [Benchmark]
    public long RecordsOfABatch()
    {
        new RecordBatch(batch).Open(1 << 20, out var opened);
        var bytes = 0L;
        using (opened)
        {
            var records = opened.Read();
            while (records.MoveNext()) bytes += records.Current.Value?.Length ?? 0;
        }

        return bytes;
    }

    [Benchmark]
    public long EntryOfAFullIndex()
    {
        offset = (offset + 400_009) % (Entries * 4L);
        return OffsetIndex.Floor(index.View, 0, offset).Position;
    }
}
