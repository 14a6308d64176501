using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Benchmarks.Load;

/// <summary>A member of a consumer group (KIP-848) that does nothing but what the protocol asks of it, at the pace that the broker names.</summary>
internal sealed class BenchmarkMember(KafkaClientConnection connection, string group, string topic)
{
    private readonly string memberId = Guid.NewGuid().ToString("D");
    private int epoch;
    private List<ConsumerGroupHeartbeatRequest.TopicPartitionsData> owned = [];
    private bool hasNews;

    public int Owned => owned.Sum(each => each.Partitions.Count);

    public long Heartbeats { get; private set; }

    /// <summary>Until it is told to stop; then it leaves.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var pause = await BeatAsync();
            if (hasNews) continue;
            await Task.Delay(pause, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private async Task<TimeSpan> BeatAsync()
    {
        var request = new ConsumerGroupHeartbeatRequest { GroupId = group, MemberId = memberId, MemberEpoch = epoch };
        if (epoch == 0) (request.RebalanceTimeoutMs, request.SubscribedTopicNames, request.TopicPartitions) = (300_000, [topic], []);
        else if (hasNews) request.TopicPartitions = owned;
        ConsumerGroupHeartbeatResponse response;
        try
        {
            response = await connection.SendAsync<ConsumerGroupHeartbeatResponse>(request);
        }
        catch (KafkaException)
        {
            return TimeSpan.FromMilliseconds(200);
        }

        hasNews = false;
        if (response.ErrorCode != (short)ErrorCode.None)
        {
            if ((ErrorCode)response.ErrorCode is ErrorCode.FencedMemberEpoch or ErrorCode.UnknownMemberId) (epoch, owned) = (0, []);
            return TimeSpan.FromMilliseconds(200);
        }

        Heartbeats++;
        epoch = response.MemberEpoch;
        if (response.Assignment is not { } assigned) return TimeSpan.FromMilliseconds(response.HeartbeatIntervalMs);
        var told = assigned.TopicPartitions.ConvertAll(each => new ConsumerGroupHeartbeatRequest.TopicPartitionsData { TopicId = each.TopicId, Partitions = each.Partitions });
        // What it has to give back it gives back at once, and says so.
        hasNews = told.Sum(each => each.Partitions.Count) != Owned;
        owned = told;
        return TimeSpan.FromMilliseconds(response.HeartbeatIntervalMs);
    }
}
