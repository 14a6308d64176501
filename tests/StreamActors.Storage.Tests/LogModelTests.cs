using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Storage.Tests.LogDirs;

namespace StreamActors.Storage.Tests;

/// <summary>Random histories of a log, held against a list.</summary>
public sealed class LogModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_log_is_what_a_list_would_be(int seed)
    {
        var random = new Random(seed);
        using var fixture = new LogFixture(new LogConfig
        {
            SegmentBytes = random.Next(400, 3000),
            IndexIntervalBytes = random.Next(0, 500),
            SegmentIndexBytes = random.Next(40, 400),
            FileDeleteDelayMs = 0,
        });
        var batches = new List<(long First, int Count)>();
        var next = 0L;
        var start = 0L;
        for (var step = 0; step < 150; step++)
        {
            switch (random.Next(14))
            {
                case < 8:
                    var items = Enumerable.Range(0, random.Next(1, 5))
                        .Select(_ => (Count: random.Next(1, 6), Codec: (CompressionCodec)random.Next(5))).ToArray();
                    var appended = items.Select(item => new AppendItem(Batches.Of(item.Count, valueBytes: random.Next(200), codec: item.Codec))).ToArray();
                    fixture.Log.Append(appended, new LeaderEpoch(step / 20), fixture.Now);
                    foreach (var (item, (count, _)) in appended.Zip(items))
                    {
                        Assert.Equal((ErrorCode.None, next), (item.Outcome.Error, item.Outcome.BaseOffset.Value));
                        batches.Add((next, count));
                        next += count;
                    }

                    break;
                case 8 when batches.Count > 0:
                    // Batches that reach across go as a whole; where a log is cut it goes on.
                    var to = batches[random.Next(batches.Count)].First;
                    if (to < start) break;
                    fixture.Log.TruncateTo(new Offset(to));
                    batches.RemoveAll(batch => batch.First >= to);
                    next = to;
                    break;
                case 9:
                    fixture.Commit();
                    start = Math.Max(start, Math.Min(next, start + random.Next(5)));
                    Assert.Equal(ErrorCode.None, fixture.Log.DeleteRecords(new Offset(start)));
                    fixture.Log.ApplyRetention(fixture.Now);
                    break;
                case 10:
                    fixture.Restart();
                    break;
                case 11:
                    fixture.Crash();
                    break;
                case 12:
                    fixture.Log.Sync();
                    break;
                default:
                    fixture.Log.Roll(fixture.Now);
                    break;
            }

            Assert.Equal((start, next), (fixture.Log.View.LogStartOffset.Value, fixture.Log.View.LogEndOffset.Value));
        }

        var expected = batches.SelectMany(batch => Enumerable.Range(0, batch.Count).Select(i => batch.First + i)).Where(offset => offset >= start);
        Assert.Equal(expected, LogReading.Consume(fixture.Log.View, Isolation.LogEnd, random.Next(1, 2000)).Select(r => r.Record.Offset.Value));
    }
}
