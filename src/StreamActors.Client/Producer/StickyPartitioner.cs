using StreamActors.Client.Errors;
using StreamActors.Client.Metadata;

namespace StreamActors.Client.Producer;

/// <summary>
/// Chooses for records without a key, within one topic: stays with a partition for a batch's worth of bytes, so that batches fill, then
/// draws another among those that have a leader (KIP-480, KIP-794).
/// </summary>
internal sealed class StickyPartitioner(Backoff chance, int stickyBytes)
{
    private int partition = -1;
    private long bytes;

    public int Choose(TopicMetadata topic, int recordBytes)
    {
        if (partition < 0 || partition >= topic.Partitions.Length || bytes >= stickyBytes || topic.Partitions[partition].Leader.Value < 0)
        {
            var led = topic.Partitions.Where(p => p.Leader.Value >= 0).Select(p => p.Index).ToArray();
            partition = led.Length > 0 ? led[chance.Choose(led.Length)] : chance.Choose(topic.Partitions.Length);
            bytes = 0;
        }

        bytes += recordBytes;
        return partition;
    }
}
