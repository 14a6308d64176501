using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Tests.LogDirs;

namespace StreamActors.Storage.Tests.Producers;

public sealed class TransactionTests
{
    [Fact]
    public void The_last_stable_offset_is_where_the_first_open_transaction_begins()
    {
        using var fixture = new LogFixture();
        fixture.Append(Batches.Of(1));
        fixture.Append(Batches.OfProducer(1, 0, 0, transactional: true));
        fixture.Append(Batches.OfProducer(2, 0, 0, transactional: true));
        fixture.Commit();
        Assert.Equal(1, fixture.Log.View.LastStableOffset.Value);
        fixture.Append(Batches.Marker(1, 0, ControlRecordType.Commit));
        // The marker is not replicated yet.
        Assert.Equal(1, fixture.Log.View.LastStableOffset.Value);
        fixture.Commit();
        Assert.Equal(2, fixture.Log.View.LastStableOffset.Value);
        fixture.Append(Batches.Marker(2, 0, ControlRecordType.Abort));
        fixture.Commit();
        Assert.Equal(5, fixture.Log.View.LastStableOffset.Value);
        Assert.Equal([0, 1], LogReading.Consume(fixture.Log.View, Isolation.Committed).Select(r => r.Record.Offset.Value));
    }

    [Fact]
    public void A_read_is_told_of_aborted_transactions_whose_markers_are_segments_away_also_after_a_restart()
    {
        using var fixture = new LogFixture(new LogConfig { SegmentBytes = 400 });
        fixture.Append(Batches.OfProducer(1, 0, 0, transactional: true));
        for (var i = 0; i < 20; i++) fixture.Append(Batches.OfProducer(2, 0, i));
        fixture.Append(Batches.Marker(1, 0, ControlRecordType.Abort));
        fixture.Append(Batches.OfProducer(1, 0, 1, transactional: true));
        fixture.Append(Batches.Marker(1, 0, ControlRecordType.Abort));
        fixture.Commit();
        for (var i = 0; i < 3; i++)
        {
            var read = fixture.Log.View.Read(Offset.Zero, 100, true, Isolation.Committed);
            Assert.Equal([(1L, 0L, 21L)], read.AbortedTransactions.Select(t => (t.ProducerId, t.FirstOffset, t.LastOffset)));
            Assert.Equal(Enumerable.Range(1, 20).Select(o => (long)o), LogReading.Consume(fixture.Log.View, Isolation.Committed).Select(r => r.Record.Offset.Value));
            if (i == 0) fixture.Restart();
            else fixture.Crash();
        }
    }

    [Fact]
    public void A_batch_outside_the_producers_open_transaction_is_refused()
    {
        using var fixture = new LogFixture();
        fixture.Append(Batches.OfProducer(1, 0, 0, transactional: true));
        Assert.Equal(ErrorCode.InvalidTxnState, fixture.Append(Batches.OfProducer(1, 0, 1)).Error);
    }

    [Fact]
    public void Markers_are_fenced_by_the_producers_and_the_coordinators_epoch()
    {
        using var fixture = new LogFixture();
        fixture.Append(Batches.OfProducer(1, 3, 0, transactional: true));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, fixture.Append(Batches.Marker(1, 2, ControlRecordType.Commit)).Error);
        Assert.Equal(ErrorCode.None, fixture.Append(Batches.Marker(1, 4, ControlRecordType.Commit, coordinatorEpoch: 7)).Error);
        Assert.Equal(ErrorCode.TransactionCoordinatorFenced, fixture.Append(Batches.Marker(1, 4, ControlRecordType.Commit, coordinatorEpoch: 6)).Error);
        // The marker has bumped the epoch (KIP-890): the next transaction begins at sequence 0.
        Assert.Equal(-1, fixture.Log.Producers.Single().LastSequence);
        Assert.Equal(ErrorCode.None, fixture.Append(Batches.OfProducer(1, 4, 0, transactional: true)).Error);
    }
}
