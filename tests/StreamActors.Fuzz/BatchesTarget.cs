using System.IO.Compression;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;
using StreamActors.Storage;
using StreamActors.Storage.Validation;

namespace StreamActors.Fuzz;

/// <summary>
/// Record batches: mutated golden batches (their CRC often put right again, so that what is inside is reached) are validated, read and decompressed,
/// or refused; never thrown over, and never beyond the cap. What the validator accepts, the reader reads to its end.
/// </summary>
internal sealed class BatchesTarget : IFuzzTarget
{
    private const int Cap = 1 << 20;
    private static readonly LogConfig Recompressing = new() { Compression = CompressionCodec.Lz4, CleanupByCompaction = true };
    private readonly List<byte[]> seeds = [.. Load()];

    public bool Try(Random random)
    {
        var mutated = Mutation.Of(seeds[random.Next(seeds.Count)], random);
        if (random.Next(4) != 0 && RecordBatchReader.Check(mutated, out var size) == BatchError.None) RecordBatchStamp.Crc(mutated.AsSpan(0, size));
        Decompress(mutated, random);
        Read(mutated);
        var config = random.Next(4) == 0 ? Recompressing : LogConfig.Default;
        using var result = RecordBatchValidator.Validate(mutated, config, new TopicPartition("fuzz", 0), new TimestampMs(1_700_000_000_000), Cap);
        if (result.Error != ErrorCode.None) return false;
        if (Read(result.Records) != result.Info.Records) throw new InvalidOperationException("The validator accepted what cannot be read");
        return true;
    }

    /// <summary>How many records there are up to the first fault.</summary>
    private static int Read(ReadOnlyMemory<byte> bytes)
    {
        var count = 0;
        var batches = new RecordBatchReader(bytes);
        while (batches.MoveNext())
        {
            if (batches.Current.Open(Cap, out var opened) != BatchError.None) continue;
            using (opened)
            {
                if (opened.Payload.Length > Cap && batches.Current.Header.Codec != CompressionCodec.None) throw new InvalidOperationException("Decompressed beyond the cap");
                var records = opened.Read();
                while (records.MoveNext())
                {
                    count++;
                    records.Current.Headers.ToArray();
                }
            }
        }

        return count;
    }

    private static void Decompress(byte[] mutated, Random random)
    {
        if (mutated.Length < RecordBatchHeader.Size) return;
        var before = GC.GetAllocatedBytesForCurrentThread();
        if (Codecs.Decompress((CompressionCodec)random.Next(8), mutated.AsMemory(RecordBatchHeader.Size), Cap, out var output) == DecompressError.None) output!.Dispose();
        var spent = GC.GetAllocatedBytesForCurrentThread() - before;
        if (spent > 16L * Cap) throw new InvalidOperationException($"{mutated.Length} bytes took {spent} bytes of memory");
    }

    private static IEnumerable<byte[]> Load()
    {
        using var zip = ZipFile.OpenRead(Path.Combine(AppContext.BaseDirectory, "Data", "batches.zip"));
        foreach (var entry in zip.Entries.Where(entry => entry.FullName.EndsWith(".bin", StringComparison.Ordinal) && entry.Length is > 0 and < 20_000))
        {
            using var stream = entry.Open();
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            yield return copy.ToArray();
        }
    }
}
