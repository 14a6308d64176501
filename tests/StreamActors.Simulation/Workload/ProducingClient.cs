using StreamActors.Client;
using StreamActors.Client.Errors;
using StreamActors.Client.Producer;
using StreamActors.Protocol;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Workload;

/// <summary>Sends a number of records, waits for what becomes of each, and tells the history.</summary>
internal sealed class ProducingClient(
    string name, WorkloadTopic topic, KafkaClientOptions client, ProducerOptions options, WorldRandom random, History history, SimulatedProcess process)
{
    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(120);

    private int open;
    private int number;

    public bool IsDone { get; private set; }

    /// <summary>Sends a few more once this is set, and then is done.</summary>
    public bool MayFinish { get; set; }

    public async Task RunAsync(int atLeast, int epilogue)
    {
        await using var producer = new KafkaProducer(client, options);
        for (var sent = 0; sent < atLeast || !MayFinish; sent++)
        {
            if (sent < atLeast) await SendAsync(producer, mustSucceed: false);
            await Task.Delay(random.Between(TimeSpan.Zero, MaxPause), process.Clock);
        }

        // A record that joins a batch of the faulty time shares its deadline.
        await producer.FlushAsync();
        for (var sent = 0; sent < epilogue; sent++) await SendAsync(producer, mustSucceed: true);
        await producer.FlushAsync();
        while (open > 0) await Task.Delay(TimeSpan.FromMilliseconds(1), process.Clock);
        IsDone = true;
    }

    private async Task SendAsync(KafkaProducer producer, bool mustSucceed)
    {
        var partition = new TopicPartition(topic.Name, random.Next(topic.Partitions));
        var record = new SentRecord($"{name}:{number}", partition, number++, name, options.EnableIdempotence);
        history.Sends(record);
        try
        {
            var delivery = await producer.EnqueueAsync(
                new ProducerRecord(topic.Name, null, Payload.Of(record.Name)) { Partition = partition.Partition });
            open++;
            _ = FollowAsync(record, delivery, mustSucceed);
        }
        catch (KafkaException e)
        {
            Failed(record, e, mustSucceed);
        }
    }

    private async Task FollowAsync(SentRecord record, Task<RecordMetadata> delivery, bool mustSucceed)
    {
        try
        {
            var landed = await delivery;
            process.World.Note(process, $"{record.Name} acknowledged at {landed.Partition} {landed.Offset}");
            history.Acknowledges(record, landed.Offset);
        }
        catch (KafkaException e)
        {
            Failed(record, e, mustSucceed);
        }

        open--;
    }

    private void Failed(SentRecord record, KafkaException error, bool mustSucceed)
    {
        process.World.Note(process, $"{record.Name} failed: {error.Code}");
        history.Fails();
        // A batch of the faulty time may still fail its companions: only what was sent alone in good weather has no excuse.
        if (mustSucceed && error.Code is not (ErrorCode.OutOfOrderSequenceNumber or ErrorCode.UnknownProducerId)) history.Violates($"{record.Name} was sent in good weather and failed: {error.Message}");
    }
}
