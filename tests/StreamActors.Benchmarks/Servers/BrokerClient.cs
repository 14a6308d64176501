using System.Diagnostics;
using StreamActors.Benchmarks.Load;
using StreamActors.Client;
using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Benchmarks.Servers;

/// <summary>A connection for what surrounds a measurement. Tries again at short intervals, so that a start is seen when it is through.</summary>
internal sealed class BrokerClient : IDisposable
{
    public const string Host = "127.0.0.1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private readonly KafkaClientConnection connection;

    private BrokerClient(KafkaClientConnection connection) => this.connection = connection;

    public static async Task<BrokerClient> ConnectAsync(ServerProcess server)
    {
        var address = new BrokerAddress(Host, server.Port);
        var options = new KafkaClientOptions { BootstrapServers = [address], RequestTimeout = Patience };
        var deadline = new Deadline(Patience);
        while (true)
        {
            try
            {
                return new BrokerClient(await Handshake.OpenAsync(address, options));
            }
            catch (KafkaException) when (!deadline.IsOver && !server.HasExited)
            {
                await Task.Delay(Pause);
            }
            catch (KafkaException failure)
            {
                throw new InvalidOperationException($"{server.Name} cannot be reached. It said:{Environment.NewLine}{server.Output}", failure);
            }
        }
    }

    public short Version(ApiKey api) => connection.Versions.Pick(api);

    public async Task<TopicTarget> CreateTopicAsync(string name, int partitions)
    {
        var deadline = new Deadline(Patience);
        while (true)
        {
            var topic = (await CreateTopicsAsync([name], partitions)).Topics[0];
            var error = (ErrorCode)topic.ErrorCode;
            if (error == ErrorCode.None) return new TopicTarget(name, topic.TopicId, partitions);
            if (deadline.IsOver) throw new InvalidOperationException($"Topic {name} cannot be created: {error} {topic.ErrorMessage}");
            await Task.Delay(Pause);
        }
    }

    public Task<CreateTopicsResponse> CreateTopicsAsync(IEnumerable<string> names, int partitions) =>
        connection.SendAsync<CreateTopicsResponse>(new CreateTopicsRequest
        {
            TimeoutMs = (int)Patience.TotalMilliseconds,
            Topics = [.. names.Select(name => new CreateTopicsRequest.CreatableTopic { Name = name, NumPartitions = partitions, ReplicationFactor = 1 })],
        });

    /// <summary>Waits until the broker says that it leads all of the partitions.</summary>
    public async Task UntilLedAsync(TopicTarget topic)
    {
        var deadline = new Deadline(Patience);
        while (true)
        {
            var metadata = await connection.SendAsync<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = topic.Name }] });
            if (metadata.Topics is [{ ErrorCode: 0 } told] && told.Partitions.Count(partition => partition.LeaderId >= 0) == topic.Partitions) return;
            if (deadline.IsOver) throw new InvalidOperationException($"{topic.Name} has no leaders.");
            await Task.Delay(Pause);
        }
    }

    public async Task DeleteTopicAsync(TopicTarget topic)
    {
        var response = await connection.SendAsync<DeleteTopicsResponse>(new DeleteTopicsRequest
        {
            TimeoutMs = (int)Patience.TotalMilliseconds,
            Topics = [new() { Name = null, TopicId = topic.Id }],
        });
        if (response.Responses is not [{ ErrorCode: 0 }]) throw new InvalidOperationException($"{topic.Name} cannot be deleted.");
    }

    /// <summary>Produces one batch with acks=1, and again until it is acknowledged.</summary>
    public async Task ProduceAsync(TopicTarget topic, int partition, ReadOnlyMemory<byte> batch)
    {
        var deadline = new Deadline(Patience);
        while (true)
        {
            var request = Requests.Produce(topic, Version(ApiKey.Produce), [(partition, new RecordsData(batch))]);
            var response = await connection.SendAsync<ProduceResponse>(request);
            var error = (ErrorCode)response.Responses[0].PartitionResponses[0].ErrorCode;
            if (error == ErrorCode.None) return;
            if (deadline.IsOver) throw new InvalidOperationException($"{topic.Name}-{partition} takes no records: {error}");
            await Task.Delay(Pause);
        }
    }

    public void Dispose() => connection.Dispose();

    private readonly struct Deadline(TimeSpan after)
    {
        private readonly long start = Stopwatch.GetTimestamp();

        public bool IsOver => Stopwatch.GetElapsedTime(start) > after;
    }
}
