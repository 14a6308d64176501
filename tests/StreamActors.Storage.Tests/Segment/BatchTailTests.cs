using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Tests.Segment;

public sealed class BatchTailTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Each_view_knows_the_last_batches_as_they_were(int seed)
    {
        var random = new Random(seed);
        var tail = new BatchTail();
        var all = new List<(int First, int Last, int Position, int Size)>();
        var views = new List<(BatchTailView View, int Count)>();
        for (var batch = 0; batch < 500; batch++)
        {
            var (next, end) = all.Count == 0 ? (random.Next(3), random.Next(1000)) : (all[^1].Last + 1 + random.Next(3), all[^1].Position + all[^1].Size);
            all.Add((next, next + random.Next(5), end, 61 + random.Next(1000)));
            tail.Add(new BatchPlace(all[^1].Last, end));
            if (random.Next(4) == 0) views.Add((tail.View, all.Count));
        }

        foreach (var (view, count) in views)
        {
            var known = all.Take(count).ToList();
            var end = known[^1].Position + known[^1].Size;
            var fewest = Math.Min(count, 64);
            var isFirstKnown = view.LastStart(known[0].Position) is not null;
            for (var at = 0; at < count; at++)
            {
                var batch = known[at];
                var found = view.Find(batch.First, end);
                if (at > count - fewest) Assert.Equal((batch.Position, batch.Size), found);
                else Assert.True(found is null || found == (batch.Position, batch.Size));
                Assert.Equal(found, view.Find(batch.Last, end));
                var start = view.LastStart(batch.Position + random.Next(batch.Size));
                if (at >= count - fewest) Assert.Equal(batch.Position, start);
                else Assert.True(start is null || start == batch.Position);
            }

            Assert.Null(view.Find(known[^1].Last + 1, end));
            // Of the very first batch known nobody can say what lies before it.
            Assert.Null(view.Find(known[0].Last, end));
            if (!isFirstKnown) Assert.Null(view.Find(known[0].First, end));
        }
    }

    [Fact]
    public void Nothing_is_known_once_it_is_cleared()
    {
        var tail = new BatchTail();
        for (var batch = 0; batch < 10; batch++) tail.Add(new BatchPlace(batch, batch * 100));
        var before = tail.View;
        tail.Clear();
        Assert.Null(tail.View.Find(5, 1000));
        Assert.Null(tail.View.LastStart(500));
        tail.Add(new BatchPlace(3, 300));
        tail.Add(new BatchPlace(4, 350));
        Assert.Equal((350, 50), tail.View.Find(4, 400));
        Assert.Equal((400, 100), before.Find(4, 1000));
    }
}
