using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Tests.Files;

namespace StreamActors.Storage.Tests;

/// <summary>How often a read goes to the files before the records themselves are sent.</summary>
public sealed class ReadCostTests : IDisposable
{
    private readonly FaultyDisk disk = new() { IgnoresSync = true };
    private readonly LogFixture fixture;

    public ReadCostTests() => fixture = new LogFixture(new LogConfig { SegmentBytes = 1 << 20 }, disk);

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void At_the_end_of_the_log_nothing_is_read()
    {
        for (var batch = 0; batch < 300; batch++) fixture.Append(Batches.Of(2));
        fixture.Commit();
        var view = fixture.Log.View;
        var before = disk.Reads;
        for (var offset = 540L; offset < 600; offset++)
            Assert.Equal(offset / 2 * 2, new RecordBatchHeader(Read(view, offset, 300)).BaseOffset);
        // Each took out its records, once.
        Assert.Equal(60, disk.Reads - before);
    }

    [Fact]
    public void Large_batches_are_found_by_the_index_alone()
    {
        for (var batch = 0; batch < 60; batch++) fixture.Append(Batches.Of(2, valueBytes: 20_000));
        fixture.Append(Batches.Of(1));
        fixture.Commit();
        var view = fixture.Log.View;
        Assert.True(view.SegmentCount > 2);
        Read(view, 0, 1);
        var before = disk.Reads;
        foreach (var offset in (long[])[20, 21, 40])
        {
            Assert.Equal(offset / 2 * 2, new RecordBatchHeader(Read(view, offset, 1)).BaseOffset);
            // The index, once; the batch's header, its records.
            Assert.Equal(offset == 20 ? 3 : 2, disk.Reads - before);
            before = disk.Reads;
        }
    }

    private static byte[] Read(LogView view, long offset, int maxBytes)
    {
        var read = view.Read(new Offset(offset), maxBytes, minOneBatch: true, Isolation.Uncommitted);
        Assert.Equal(ErrorCode.None, read.Error);
        return read.Records.ToArray();
    }
}
