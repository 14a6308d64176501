using StreamActors.Client;
using StreamActors.Client.Consumer;
using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Workload;

/// <summary>Reads a topic from its beginning, on and on, and tells the history.</summary>
internal sealed class ConsumingClient(string name, WorkloadTopic topic, KafkaClientOptions client, History history, SimulatedProcess process)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    public string Name => name;

    public WorkloadTopic Topic => topic;

    public bool MayFinish { get; set; }

    public async Task RunAsync()
    {
        // Where nothing is lost no position may ever be out of range.
        await using var consumer = new KafkaConsumer(client, new ConsumerOptions { OffsetReset = topic.IsFlushed ? OffsetReset.None : OffsetReset.Earliest });
        consumer.Assign(topic.All.Select(partition => KeyValuePair.Create(partition, StartPosition.Earliest)));
        while (!MayFinish)
        {
            try
            {
                foreach (var record in await consumer.PollAsync(Patience)) history.Consumes(name, record);
            }
            catch (KafkaException e)
            {
                process.World.Note(process, $"{name}: {e.Code}");
                if (e.Code is ErrorCode.OffsetOutOfRange or ErrorCode.CorruptMessage) history.Violates($"{name}: {e.Message}");
                await Task.Delay(Patience, process.Clock);
            }
        }
    }
}
