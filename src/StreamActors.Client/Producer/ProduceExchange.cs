using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Client.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Client.Producer;

/// <summary>Batches as one Produce request, and its answer by batch.</summary>
internal static class ProduceExchange
{
    /// <summary>From version 13 on topics are named by their ids.</summary>
    private const short LastVersionWithNames = 12;

    /// <summary>Sends; the request is encoded and in line when this returns its task. Null where there is no answer.</summary>
    public static async Task<ProduceResponse?> SendAsync(
        KafkaClientConnection connection, List<ProducerBatch> batches, ClusterImage image, ProducerOptions options, TimeSpan timeout,
        Func<ProducerBatch, (ProducerId Id, short Epoch)> identity)
    {
        using var buffer = new PooledBuffer(batches.Sum(b => b.Size));
        var ends = new List<int>(batches.Count);
        foreach (var batch in batches)
        {
            var (id, epoch) = identity(batch);
            batch.EncodeInto(buffer, id.Value, epoch);
            ends.Add(buffer.Length);
        }

        var request = new ProduceRequest { Acks = (short)options.Acks, TimeoutMs = (int)timeout.TotalMilliseconds };
        var cap = short.MaxValue;
        foreach (var topic in batches.Select((batch, index) => (batch, index)).GroupBy(each => each.batch.Partition.Topic))
        {
            var topicId = image.Topic(topic.Key)?.TopicId ?? TopicId.Zero;
            if (topicId.IsZero) cap = LastVersionWithNames;
            var data = new ProduceRequest.TopicProduceData { Name = topic.Key, TopicId = topicId.Value };
            foreach (var (batch, index) in topic)
            {
                var start = index == 0 ? 0 : ends[index - 1];
                data.PartitionData.Add(new() { Index = batch.Partition.Partition, Records = new RecordsData(buffer.Memory[start..ends[index]]) });
            }

            request.TopicData.Add(data);
        }

        if (options.Acks != Acks.None) return await connection.SendAsync<ProduceResponse>(request, cap, timeout);
        await connection.SendOneWayAsync(request, cap);
        return null;
    }

    /// <summary>The partition's part of the answer; null where the broker left it out.</summary>
    public static ProduceResponse.PartitionProduceResponse? Find(ProduceResponse response, TopicPartition partition, ClusterImage image)
    {
        foreach (var topic in response.Responses)
        {
            var isIt = topic.Name.Length > 0 ? topic.Name == partition.Topic : image.Topic(partition.Topic)?.TopicId.Value == topic.TopicId;
            if (isIt) return topic.PartitionResponses.Find(p => p.Index == partition.Partition);
        }

        return null;
    }

    public static KafkaException Error(ProduceResponse.PartitionProduceResponse answer, TopicPartition partition) =>
        KafkaException.Of((ErrorCode)answer.ErrorCode, $"Produce to {partition}", answer.ErrorMessage);

    /// <summary>What the broker says of single records (KIP-467); null where it says nothing.</summary>
    public static Dictionary<int, KafkaException>? RecordErrors(ProduceResponse.PartitionProduceResponse answer, TopicPartition partition) =>
        answer.RecordErrors.Count == 0 ? null : answer.RecordErrors.ToDictionary(
            e => e.BatchIndex, e => KafkaException.Of((ErrorCode)answer.ErrorCode, $"Produce to {partition}", e.BatchIndexErrorMessage ?? answer.ErrorMessage));
}
