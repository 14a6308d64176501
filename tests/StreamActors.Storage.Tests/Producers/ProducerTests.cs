using StreamActors.Protocol;
using StreamActors.Storage.Producers;

namespace StreamActors.Storage.Tests.Producers;

public sealed class ProducerTests
{
    [Fact]
    public void A_batch_sent_again_has_the_offset_that_it_got_at_first()
    {
        using var fixture = new LogFixture();
        for (var i = 0; i < 7; i++) fixture.Append(Batches.OfProducer(5, 0, 2 * i, count: 2));
        var duplicate = fixture.Append(Batches.OfProducer(5, 0, 4, count: 2));
        Assert.Equal((ErrorCode.None, 4, 5, true), (duplicate.Error, duplicate.BaseOffset.Value, duplicate.LastOffset.Value, duplicate.IsDuplicate));
        // Five batches are remembered, and only as they were.
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, fixture.Append(Batches.OfProducer(5, 0, 2, count: 2)).Error);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, fixture.Append(Batches.OfProducer(5, 0, 4, count: 1)).Error);
        Assert.Equal(14, fixture.Log.View.LogEndOffset.Value);
    }

    [Fact]
    public void Batches_of_one_producer_in_one_write_are_judged_in_turn()
    {
        using var fixture = new LogFixture();
        AppendItem[] items =
        [
            new(Batches.OfProducer(5, 0, 0)), new(Batches.OfProducer(5, 0, 1)), new(Batches.OfProducer(5, 0, 1)), new(Batches.OfProducer(5, 0, 3)),
        ];
        fixture.Log.Append(items, new LeaderEpoch(0), fixture.Now);
        Assert.Equal([0, 1, 1, -1], items.Select(item => item.Outcome.BaseOffset.Value));
        Assert.True(items[2].Outcome.IsDuplicate);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, items[3].Outcome.Error);
    }

    [Fact]
    public void Epochs_only_rise_and_begin_at_sequence_0()
    {
        using var fixture = new LogFixture();
        fixture.Append(Batches.OfProducer(5, 3, 17));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, fixture.Append(Batches.OfProducer(5, 2, 18)).Error);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, fixture.Append(Batches.OfProducer(5, 4, 18)).Error);
        Assert.Equal(ErrorCode.None, fixture.Append(Batches.OfProducer(5, 4, 0)).Error);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, fixture.Append(Batches.OfProducer(5, 3, 18)).Error);
    }

    [Fact]
    public void Sequences_go_on_at_0_after_the_highest()
    {
        using var fixture = new LogFixture();
        fixture.Append(Batches.OfProducer(5, 0, int.MaxValue - 1, count: 3));
        Assert.Equal(0, fixture.Log.Producers.Single().LastSequence);
        Assert.Equal(ErrorCode.None, fixture.Append(Batches.OfProducer(5, 0, 1)).Error);
        Assert.True(fixture.Append(Batches.OfProducer(5, 0, int.MaxValue - 1, count: 3)).IsDuplicate);
    }

    [Theory]
    [InlineData(0, ErrorCode.None)]
    [InlineData(2, ErrorCode.OutOfOrderSequenceNumber)]
    public void An_unknown_producer_in_a_transaction_of_version_2_begins_at_sequence_0(int version, ErrorCode expected)
    {
        using var fixture = new LogFixture();
        Assert.Equal(expected, fixture.Append(Batches.OfProducer(5, 0, 9, transactional: true), transactionVersion: version).Error);
    }

    [Fact]
    public void Producers_outlive_a_restart_and_a_crash_and_are_forgotten_when_they_are_silent()
    {
        using var fixture = new LogFixture(new LogConfig { ProducerIdExpirationMs = 1000, SegmentBytes = 300 });
        for (var i = 0; i < 10; i++) fixture.Append(Batches.OfProducer(5 + i % 2, 0, i / 2));
        var before = fixture.Log.Producers;
        fixture.Restart();
        Assert.Equal(before, fixture.Log.Producers);
        fixture.Crash();
        Assert.Equal(before, fixture.Log.Producers);
        Assert.True(fixture.Append(Batches.OfProducer(5, 0, 4)).IsDuplicate);
        fixture.Log.ExpireProducers(new TimestampMs(2001));
        Assert.Empty(fixture.Log.Producers);
        fixture.Now = new TimestampMs(2001);
        fixture.Restart();
        Assert.Empty(fixture.Log.Producers);
    }

    [Fact]
    public void Truncation_takes_back_what_producers_wrote()
    {
        using var fixture = new LogFixture(new LogConfig { SegmentBytes = 300 });
        for (var i = 0; i < 10; i++) fixture.Append(Batches.OfProducer(5, 0, i));
        fixture.Log.TruncateTo(new Offset(4));
        Assert.Equal(3, fixture.Log.Producers.Single().LastSequence);
        Assert.Equal(ErrorCode.None, fixture.Append(Batches.OfProducer(5, 0, 4)).Error);
    }

    [Theory]
    [InlineData("AAFPp1OGAAAAAQAAAAAAAAAYABQAAAAmAAAAAAAAAGIAAABHAAAAAAAAAB4AAABUAAAAAAAAACY=")]
    public void Snapshots_are_those_of_the_reference(string golden)
    {
        var bytes = Convert.FromBase64String(golden);
        var states = ProducerSnapshot.Parse(bytes)!;
        var entry = states.Entries.Single();
        Assert.Equal((24L, (short)20, 38, 98L, 30L, 84, 38L), (entry.ProducerId, entry.Epoch, entry.LastSequence, entry.LastOffset, entry.LastTimestamp, entry.CoordinatorEpoch, entry.TransactionStart));
        using var folder = new TempFolder();
        ProducerSnapshot.Save(StreamActors.Storage.Files.PhysicalDisk.Instance, folder.Path, new Offset(7), states);
        Assert.Equal(bytes, File.ReadAllBytes(folder.In("00000000000000000007.snapshot")));
        bytes[20] ^= 1;
        Assert.Null(ProducerSnapshot.Parse(bytes));
    }
}
