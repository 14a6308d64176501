using StreamActors.Gateway.Apis.Fetching;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// Fetch (1), versions 4-18. Reads from the replicas' published views and sends ranges of their files. Less than min bytes waits for an append or
/// for max wait. Version 7 has sessions (KIP-227), 9 leader epochs, 11 racks, 12 diverging epochs, 13 topic ids, 16 tells where the leader is
/// (KIP-951). The preferred read replica is always the leader.
/// </summary>
internal sealed class FetchHandler(GatewayServices services, FetchSessions sessions) : ApiHandler<FetchRequest, FetchResponse>
{
    protected override async ValueTask<FetchResponse?> HandleAsync(RequestContext context, FetchRequest request)
    {
        var plan = sessions.Plan(request, context.ApiVersion);
        if (plan.Error != ErrorCode.None) return Failure(context, request, plan.Error);
        var reader = new FetchReader(services, context, request);
        var findings = await reader.ReadAsync(plan.Partitions);
        if (!IsEnough(findings) && request.MaxWaitMs > 0 && plan.Partitions.Count > 0)
        {
            using var waiter = new FetchWaiter(findings.Handles, services.Time, TimeSpan.FromMilliseconds(request.MaxWaitMs), context.Connection.Closed);
            bool more;
            do
            {
                var seen = waiter.Signals;
                findings = await reader.ReadAsync(plan.Partitions);
                more = !IsEnough(findings) && await waiter.WaitAsync(seen);
            }
            while (more);
            if (!IsEnough(findings)) findings = await reader.ReadAsync(plan.Partitions);
        }

        return Respond(context, plan, findings);

        bool IsEnough(FetchFindings found) => found.IsUrgent || found.Bytes >= request.MinBytes;
    }

    protected override FetchResponse? Failure(RequestContext context, FetchRequest request, ErrorCode error)
    {
        if (context.ApiVersion >= 7) return new FetchResponse { ErrorCode = (short)error };
        return new FetchResponse
        {
            Responses = [.. request.Topics.Select(topic => new FetchResponse.FetchableTopicResponse
            {
                Topic = topic.Topic,
                Partitions = [.. topic.Partitions.Select(partition => new FetchResponse.PartitionData
                {
                    PartitionIndex = partition.Partition, ErrorCode = (short)error, HighWatermark = -1,
                })],
            })],
        };
    }

    private FetchResponse Respond(RequestContext context, in FetchPlan plan, FetchFindings findings)
    {
        var response = new FetchResponse { SessionId = context.ApiVersion >= 7 ? plan.SessionId : 0 };
        var image = services.Metadata.Current;
        FetchResponse.FetchableTopicResponse? topic = null;
        foreach (var (partition, data) in findings.Partitions)
        {
            if (plan.Session is { } session)
            {
                var news = partition.IsNews(data);
                if (plan.IsIncremental && !news) continue;
                if (plan.IsIncremental && data.Records.Length > 0) session.MoveToEnd(partition);
            }

            if (topic is null || topic.TopicId != partition.Key.TopicId.Value || topic.Topic != partition.Key.Name)
            {
                topic = new FetchResponse.FetchableTopicResponse { Topic = partition.Key.Name, TopicId = partition.Key.TopicId.Value };
                response.Responses.Add(topic);
            }

            topic.Partitions.Add(data);
            if (context.ApiVersion >= 16) TellWhereItIs(context, image, response, data.CurrentLeader.LeaderId);
        }

        return response;
    }

    private static void TellWhereItIs(RequestContext context, Cluster.Metadata.MetadataImage image, FetchResponse response, int leader)
    {
        if (leader < 0 || response.NodeEndpoints.Exists(node => node.NodeId == leader)) return;
        if (image.Brokers.TryGetValue(leader, out var broker) && broker.Listener(context.Connection.Listener) is { } endPoint)
            response.NodeEndpoints.Add(new() { NodeId = leader, Host = endPoint.Host, Port = endPoint.Port, Rack = broker.Rack });
    }
}
