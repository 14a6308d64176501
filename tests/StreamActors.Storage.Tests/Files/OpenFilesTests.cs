using StreamActors.Protocol;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Tests.Files;

public sealed class OpenFilesTests : IDisposable
{
    private const int Limit = 6;
    private const int Segments = 40;

    private static readonly LogConfig Small = new() { SegmentBytes = 400, IndexIntervalBytes = 0, RetentionMs = -1 };

    private readonly OpenFiles files = new(Limit);
    private readonly TempFolder folder = new();
    private readonly LogDirectory directory;
    private readonly PartitionLog log;

    public OpenFilesTests()
    {
        directory = LogDirectory.Open(PhysicalDisk.Instance, folder.Path, new BrokerId(1), new Guid(9, 9, 9, new byte[8]), files);
        log = directory.OpenLog(LogFixture.Partition, LogFixture.Topic, Small, new TimestampMs(1000));
        while (log.View.SegmentCount <= Segments) log.Append([new AppendItem(Batches.Of(2))], new LeaderEpoch(0), new TimestampMs(1000));
        log.AdvanceHighWatermark(log.View.LogEndOffset);
    }

    [Fact]
    public void No_more_files_of_sealed_segments_are_open_than_the_limit_however_many_are_read()
    {
        for (var offset = 0L; offset < log.View.LogEndOffset.Value; offset += 2)
        {
            Assert.Equal(offset, FirstOffsetOf(Read(offset)));
            Assert.InRange(files.Count, 0, Limit);
        }

        Assert.True(files.Closed > Segments);
    }

    [Fact]
    public void What_was_read_can_still_be_sent_when_its_file_was_closed_for_others()
    {
        var first = Read(0);
        ReadAll();
        Assert.Equal(0, FirstOffsetOf(first));
        Assert.NotNull(((FileRecords)first.Records.Source!).Handle);
    }

    [Fact]
    public void What_was_read_can_still_be_sent_when_its_segment_was_deleted_and_others_were_read_since()
    {
        var first = Read(0);
        ReadAll();
        log.DeleteRecords(new Offset(60));
        Assert.True(log.ApplyRetention(new TimestampMs(1000)) > 0);
        log.ApplyRetention(new TimestampMs(10_000_000));
        for (var offset = 60L; offset < log.View.LogEndOffset.Value; offset += 2) Read(offset);
        Assert.Equal(0, FirstOffsetOf(first));
    }

    [Fact]
    public void Readers_at_the_same_time_get_what_they_asked_for()
    {
        var end = log.View.LogEndOffset.Value;
        Parallel.For(0, 4, worker =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 500; i++)
            {
                var offset = random.NextInt64(end / 2) * 2;
                Assert.Equal(offset, FirstOffsetOf(Read(offset)));
            }
        });
        Assert.InRange(files.Count, 0, Limit);
    }

    public void Dispose()
    {
        log.Close(clean: false);
        Assert.Equal(0, files.Count);
        directory.Close(clean: false);
        folder.Dispose();
    }

    private void ReadAll()
    {
        for (var offset = 0L; offset < log.View.LogEndOffset.Value; offset += 2) Read(offset);
    }

    private LogReadResult Read(long offset)
    {
        var read = log.View.Read(new Offset(offset), 1, minOneBatch: true, Isolation.LogEnd);
        Assert.Equal(ErrorCode.None, read.Error);
        return read;
    }

    private static long FirstOffsetOf(LogReadResult read) => new StreamActors.Protocol.Records.RecordBatchHeader(read.Records.ToArray()).BaseOffset;
}
