using StreamActors.Client.Producer;
using StreamActors.Client.Tests.Support;
using StreamActors.Protocol;

namespace StreamActors.Client.Tests.Producer;

/// <summary>The idempotent producer's decisions, without anything around them.</summary>
public sealed class PartitionQueueTests
{
    private readonly VirtualTime time = new();
    private readonly PartitionQueue queue = new(new TopicPartition("t", 0), isIdempotent: true);

    public PartitionQueueTests() => queue.Identify(new ProducerId(5), 0);

    [Fact]
    public void Sequence_numbers_count_records_and_stay_with_their_batch()
    {
        Add(3, 2, 1);
        ProducerBatch[] taken = [queue.Take(), queue.Take(), queue.Take()];
        Assert.Equal([0, 3, 5], taken.Select(b => b.BaseSequence));

        queue.Return(taken[2], restart: false);
        queue.Return(taken[0], restart: false);
        queue.Return(taken[1], restart: false);

        Assert.Equal([0, 3, 5], new[] { queue.Take(), queue.Take(), queue.Take() }.Select(b => b.BaseSequence));
        Assert.Equal(6, queue.NextSequence);
    }

    [Fact]
    public void Out_of_order_waits_for_the_batch_before_it_but_is_final_for_the_first()
    {
        Add(1, 1);
        var first = queue.Take();
        var second = queue.Take();

        Assert.Equal(Verdict.Retry, queue.Judge(second, ErrorCode.OutOfOrderSequenceNumber));
        Assert.Equal(Verdict.FailAndRestart, queue.Judge(first, ErrorCode.OutOfOrderSequenceNumber));
        Assert.Equal(Verdict.Delivered, queue.Judge(first, ErrorCode.DuplicateSequenceNumber));
    }

    [Fact]
    public void After_a_hole_it_starts_again_under_the_next_epoch_with_all_that_is_certainly_not_written()
    {
        Add(1, 1, 1, 1);
        var failed = queue.Take();
        var doubtful = queue.Take();
        var refused = queue.Take();
        queue.Remove(failed, leavesHole: true);
        doubtful.MayBeWritten = true;
        queue.Return(doubtful, restart: false);
        Assert.Equal(Verdict.Retry, queue.Judge(refused, ErrorCode.OutOfOrderSequenceNumber));
        queue.Return(refused, restart: false);

        Assert.True(queue.MustRestart);
        Assert.Equal([doubtful], queue.Restart());

        Assert.Equal((1, 0), (queue.ProducerEpoch, queue.NextSequence));
        Assert.Same(refused, queue.Take());
        Assert.Equal(0, refused.BaseSequence);
        Assert.Equal(1, queue.Take().BaseSequence);
    }

    [Fact]
    public void A_forgotten_producer_starts_again_unless_the_batch_may_be_there()
    {
        Add(1);
        var batch = queue.Take();
        Assert.Equal(Verdict.Restart, queue.Judge(batch, ErrorCode.UnknownProducerId));
        batch.MayBeWritten = true;
        Assert.Equal(Verdict.FailAndRestart, queue.Judge(batch, ErrorCode.UnknownProducerId));
    }

    [Fact]
    public void When_epochs_are_used_up_it_needs_another_producer_id()
    {
        queue.Identify(new ProducerId(5), short.MaxValue);
        Assert.Empty(queue.Restart());
        Assert.True(queue.ProducerId.IsNone);
        Assert.Equal(new ProducerId(5), queue.Exhausted);
    }

    [Fact]
    public void Order_survives_the_wrap_of_sequence_numbers()
    {
        Add(1, 1);
        var beforeWrap = queue.Take();
        var afterWrap = queue.Take();
        beforeWrap.BaseSequence = int.MaxValue;
        afterWrap.BaseSequence = 0;

        queue.Return(afterWrap, restart: false);
        queue.Return(beforeWrap, restart: false);

        Assert.Same(beforeWrap, queue.Take());
    }

    private void Add(params int[] counts)
    {
        foreach (var count in counts)
        {
            var batch = new ProducerBatch(queue.Partition, new ProducerOptions(), time);
            for (var i = 0; i < count; i++) _ = batch.Append(new ProducerRecord("t", null, "v"), new TimestampMs(0), 1);
            queue.Add(batch);
        }
    }
}
