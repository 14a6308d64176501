using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// DescribeGroupProgress (20000), version 0; ours, not Kafka's. Two questions in one: of groups, to their coordinator (who waits for whom since when, what is
/// committed), and of partitions, to their leader (how far behind a committed offset is, in records and in time). Of a group's partitions the
/// coordinator's broker answers for those that it leads; for the others it names the leader, and the client asks there.
/// Without names it is all groups of this broker, and partitions that sleep are not woken for it.
/// </summary>
internal sealed class DescribeGroupProgressHandler(GatewayServices services)
    : ApiHandler<DescribeGroupProgressRequest, DescribeGroupProgressResponse>
{
    private const int AtOnce = 32;

    protected override async ValueTask<DescribeGroupProgressResponse?> HandleAsync(RequestContext context, DescribeGroupProgressRequest request)
    {
        var response = await services.Groups.DescribeProgressAsync(request, context.Origin());
        response.NowMs = services.Now.Value;
        var looks = response.Groups.SelectMany(group => group.Topics).SelectMany(topic => topic.Partitions.Select(partition =>
            new Look(topic.TopicName, partition.PartitionIndex, partition.CommittedOffset, log => partition.Log = log))).ToList();
        foreach (var topic in request.Partitions)
        {
            var logs = new DescribeGroupProgressResponse.LogsOfTopic { TopicName = topic.TopicName };
            response.Partitions.Add(logs);
            foreach (var asked in topic.Partitions)
            {
                var answer = new DescribeGroupProgressResponse.LogOfPartition { PartitionIndex = asked.PartitionIndex, CommittedOffset = asked.CommittedOffset };
                logs.Partitions.Add(answer);
                looks.Add(new Look(topic.TopicName, asked.PartitionIndex, asked.CommittedOffset, log => answer.Log = log));
            }
        }

        var mayWake = request.Groups is not null;
        foreach (var some in looks.Chunk(AtOnce)) await Task.WhenAll(some.Select(look => AnswerAsync(look, mayWake)));
        return response;
    }

    protected override DescribeGroupProgressResponse Failure(RequestContext context, DescribeGroupProgressRequest request, ErrorCode error) =>
        new() { ErrorCode = (short)error };

    private async Task AnswerAsync(Look look, bool mayWake) =>
        look.Put(await services.Progress.OfAsync(look.Topic, look.Partition, look.Committed, mayWake));

    /// <summary>A partition to be looked at, and where the answer goes.</summary>
    private readonly record struct Look(string Topic, int Partition, long Committed, Action<DescribeGroupProgressResponse.LogProgress> Put);
}
