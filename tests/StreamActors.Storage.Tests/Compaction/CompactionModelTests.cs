using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Compaction;

namespace StreamActors.Storage.Tests.Compaction;

/// <summary>Random histories with transactions, idempotent producers, tombstones and all codecs, compacted now and then, held against a list.</summary>
public sealed class CompactionModelTests
{
    private const int Producers = 4;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public void A_compacted_log_says_the_same_of_every_key(int seed)
    {
        var random = new Random(seed);
        var config = new LogConfig
        {
            CleanupByCompaction = true,
            CleanupByDeletion = false,
            SegmentBytes = random.Next(600, 6000),
            IndexIntervalBytes = random.Next(0, 500),
            DeleteRetentionMs = random.Next(1, 400),
            FileDeleteDelayMs = random.Next(0, 200),
            MinCompactionLagMs = random.Next(2) * random.Next(100),
        };
        using var fixture = new LogFixture(config);
        var model = new History();
        var passes = 0;
        for (var step = 0; step < 250; step++)
        {
            fixture.Now = new TimestampMs(fixture.Now.Value + random.Next(30));
            switch (random.Next(20))
            {
                case < 8: Append(fixture, model, random, -1); break;
                case < 14: Append(fixture, model, random, random.Next(1, Producers)); break;
                case 14 or 15: End(fixture, model, random.Next(1, Producers), random.Next(2) == 0); break;
                case 16: fixture.Log.Roll(fixture.Now); break;
                case 17: fixture.Restart(); break;
                case 18: fixture.Crash(); break;
                default:
                    Cleaning.Run(fixture.Log, fixture.Now, new CleanerLimits(MapLoadFactor: random.Next(2) == 0 ? 0.9 : 0.01, BufferBytes: random.Next(1, 5000)), random.Next(1, 3000));
                    fixture.Log.ApplyRetention(fixture.Now);
                    passes++;
                    break;
            }

            fixture.Commit();
        }

        for (var producer = 1; producer < Producers; producer++) End(fixture, model, producer, commits: true);
        fixture.Commit();
        model.Check(fixture.Log);
        fixture.Log.Roll(fixture.Now);
        fixture.Now = new TimestampMs(fixture.Now.Value + 100);
        for (var pass = 0; pass < 20 && fixture.Log.FirstDirtyOffset < fixture.Log.View.LogEndOffset; pass++) Cleaning.Run(fixture.Log, fixture.Now);
        model.Check(fixture.Log);
        fixture.Crash();
        model.Check(fixture.Log);
        Assert.Equal(fixture.Log.View.LogEndOffset, fixture.Log.View.LastStableOffset);
        Assert.True(passes > 0);
    }

    private static void Append(LogFixture fixture, History model, Random random, int producer)
    {
        var records = Enumerable.Range(0, random.Next(1, 6))
            .Select(_ => ($"k{random.Next(25)}", random.Next(6) == 0 ? null : $"{model.NextValue++}{new string('v', random.Next(60))}")).ToList();
        var transactional = producer > 0 && (producer > 1 || model.IsOpen(producer));
        var batch = Cleaning.Batch(
            records, fixture.Now.Value, (CompressionCodec)random.Next(5), producer, 0, producer < 0 ? -1 : model.Sequence(producer, records.Count), transactional);
        var outcome = fixture.Append(batch);
        Assert.Equal(ErrorCode.None, outcome.Error);
        model.Add(outcome.BaseOffset.Value, records, transactional ? producer : -1);
    }

    private static void End(LogFixture fixture, History model, int producer, bool commits)
    {
        if (!model.IsOpen(producer)) return;
        Assert.Equal(ErrorCode.None, fixture.Append(Batches.Marker(producer, 0, commits ? ControlRecordType.Commit : ControlRecordType.Abort)).Error);
        model.End(producer, commits);
    }

    private sealed class History
    {
        private readonly SortedDictionary<long, (string Key, string? Value)> committed = [];
        private readonly Dictionary<int, List<(long Offset, string Key, string? Value)>> open = [];
        private readonly Dictionary<int, int> sequences = [];

        public int NextValue { get; set; }

        public bool IsOpen(int producer) => open.ContainsKey(producer);

        public int Sequence(int producer, int count)
        {
            var first = sequences.GetValueOrDefault(producer);
            sequences[producer] = first + count;
            return first;
        }

        public void Add(long first, List<(string Key, string? Value)> records, int transaction)
        {
            if (transaction >= 0 && !IsOpen(transaction)) open[transaction] = [];
            foreach (var (key, value) in records)
            {
                if (transaction >= 0) open[transaction].Add((first, key, value));
                else committed[first] = (key, value);
                first++;
            }
        }

        public void End(int producer, bool commits)
        {
            open.Remove(producer, out var records);
            if (!commits) return;
            foreach (var (offset, key, value) in records!) committed[offset] = (key, value);
        }

        public void Check(PartitionLog log)
        {
            var seen = Cleaning.Contents(log, Isolation.Committed);
            Assert.All(seen, record => Assert.Equal(committed[record.Offset], (record.Key, record.Value)));
            Assert.Equal(seen.Select(record => record.Offset).Order(), seen.Select(record => record.Offset));
            var dirty = log.FirstDirtyOffset.Value;
            Assert.Equal(committed.Keys.Where(offset => offset >= dirty), seen.Select(record => record.Offset).Where(offset => offset >= dirty));
            var clean = seen.Where(record => record.Offset < dirty).ToList();
            Assert.Equal(clean.Count, clean.DistinctBy(record => record.Key).Count());
            Assert.Equal(State(committed.Select(entry => entry.Value)), State(seen.Select(record => (record.Key, record.Value))));
        }

        private static IEnumerable<KeyValuePair<string, string>> State(IEnumerable<(string Key, string? Value)> records)
        {
            var state = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (key, value) in records)
            {
                if (value is null) state.Remove(key);
                else state[key] = value;
            }

            return state;
        }
    }
}
