using StreamActors.Storage.Files;
using StreamActors.Storage.Index;
using StreamActors.Storage.Tests.Files;

namespace StreamActors.Storage.Tests.Index;

public sealed class IndexViewTests : IDisposable
{
    private const long BaseOffset = 1000;

    private readonly TempFolder folder = new();
    private readonly FaultyDisk disk = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    [InlineData(8192)]
    [InlineData(8193)]
    [InlineData(100_001)]
    public void What_is_found_in_the_file_is_what_is_found_in_memory(int entries)
    {
        var random = new Random(entries);
        var (memory, file) = Indexes(entries, OffsetIndex.EntrySize, (index, at) => OffsetIndex.Append(index, BaseOffset, new OffsetPosition(BaseOffset + 5 + at * 10L, at * 4000)));
        int[] edges = [0, 1, 63, 64, 65, entries - 1, entries, entries + 1];
        foreach (var at in edges.Concat(Enumerable.Range(0, 500).Select(_ => random.Next(entries + 1))))
        {
            for (var off = -1; off <= 1; off++)
            {
                var (offset, position) = (BaseOffset + 5 + at * 10L + off, at * 4000L + off);
                Assert.Equal(OffsetIndex.Around(memory, BaseOffset, offset), OffsetIndex.Around(file, BaseOffset, offset));
                Assert.Equal(OffsetIndex.FloorOfPosition(memory, BaseOffset, position), OffsetIndex.FloorOfPosition(file, BaseOffset, position));
                Assert.Equal(OffsetIndex.Ceiling(memory, BaseOffset, position), OffsetIndex.Ceiling(file, BaseOffset, position));
                Assert.Equal(OffsetIndex.CountBelow(memory, position), OffsetIndex.CountBelow(file, position));
            }
        }
    }

    [Fact]
    public void An_entry_and_the_one_behind_it_are_those_around_an_offset()
    {
        var (_, index) = Indexes(1000, OffsetIndex.EntrySize, (builder, at) => OffsetIndex.Append(builder, BaseOffset, new OffsetPosition(BaseOffset + 10 + at * 10L, (at + 1) * 4000)));
        Assert.Equal((new OffsetPosition(BaseOffset, 0), new OffsetPosition(BaseOffset + 10, 4000)), OffsetIndex.Around(index, BaseOffset, BaseOffset + 9));
        Assert.Equal((new OffsetPosition(BaseOffset + 640, 64 * 4000), new OffsetPosition(BaseOffset + 650, 65 * 4000)), OffsetIndex.Around(index, BaseOffset, BaseOffset + 649));
        Assert.Equal((new OffsetPosition(BaseOffset + 10_000, 1000 * 4000), null), OffsetIndex.Around(index, BaseOffset, BaseOffset + 10_000));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(50_000)]
    public void Timestamps_are_found_in_the_file_as_in_memory(int entries)
    {
        var random = new Random(entries);
        var (memory, file) = Indexes(entries, TimeIndex.EntrySize, (index, at) => TimeIndex.Append(index, BaseOffset, new TimestampOffset(50 + at * 10L, BaseOffset + at)));
        foreach (var timestamp in Enumerable.Range(0, 500).Select(_ => (long)random.Next(entries * 10 + 100)))
            Assert.Equal(TimeIndex.Below(memory, BaseOffset, timestamp), TimeIndex.Below(file, BaseOffset, timestamp));
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(200_000)]
    [InlineData(5_000_000)]
    public void A_search_reads_the_file_once_and_the_next_one_near_by_not_at_all(int entries)
    {
        var (_, file) = Indexes(entries, OffsetIndex.EntrySize, (index, at) => OffsetIndex.Append(index, BaseOffset, new OffsetPosition(BaseOffset + at, at)));
        var middle = (entries / 2) + 5;
        OffsetIndex.Floor(file, BaseOffset, BaseOffset + 1);
        var before = disk.Reads;
        Assert.Equal(new OffsetPosition(BaseOffset + middle, middle), OffsetIndex.Floor(file, BaseOffset, BaseOffset + middle));
        Assert.Equal(1, disk.Reads - before);
        Assert.Equal(new OffsetPosition(BaseOffset + middle - 1, middle - 1), OffsetIndex.Floor(file, BaseOffset, BaseOffset + middle - 1));
        Assert.Equal(1, disk.Reads - before);
    }

    [Fact]
    public void A_file_that_has_been_cut_is_an_error()
    {
        var path = folder.In("cut");
        File.WriteAllBytes(path, new byte[OffsetIndex.EntrySize * 10]);
        var index = new IndexView(disk.Open(path, DiskMode.Open), 100, OffsetIndex.EntrySize);
        Assert.Throws<IOException>(() => OffsetIndex.Floor(index, BaseOffset, BaseOffset + 50));
    }

    private (IndexView Memory, IndexView File) Indexes(int entries, int entrySize, Action<IndexBuilder, int> append)
    {
        var builder = new IndexBuilder(entrySize);
        for (var at = 0; at < entries; at++) append(builder, at);
        var path = folder.In("index");
        File.WriteAllBytes(path, builder.Bytes.ToArray());
        return (builder.View, new IndexView(disk.Open(path, DiskMode.Open), entries, entrySize));
    }
}
